// Kafka's door for photographs of meals, which ask for an analysis. There only with PHOTO_ANALYSIS.
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { KafkaRecord, Outcome } from '#messaging';
import { PHOTO_RESPONSE, PHOTO_SEND } from '../topics.js';
import { photoFlow } from './photo-flow.js';
import { RequestDoor } from './request-door.js';

const FLOW = photoFlow(PHOTO_RESPONSE);

@Controller()
export class PhotoConsumer {
  constructor(private readonly door: RequestDoor) {}

  @EventPattern<string>(PHOTO_SEND)
  onPhoto(@Payload() record: KafkaRecord): Promise<Outcome> {
    return this.door.take(record, FLOW);
  }
}
