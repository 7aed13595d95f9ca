// Kafka's door for text and image requests.
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { KafkaRecord, Outcome } from '#messaging';
import { GPT_RESPONSE, GPT_SEND } from '../topics.js';
import { gptFlow } from './read-request.js';
import { RequestDoor } from './request-door.js';

const FLOW = gptFlow(GPT_RESPONSE);

@Controller()
export class GptRequestConsumer {
  constructor(private readonly door: RequestDoor) {}

  @EventPattern<string>(GPT_SEND)
  onRequest(@Payload() record: KafkaRecord): Promise<Outcome> {
    return this.door.take(record, FLOW);
  }
}
