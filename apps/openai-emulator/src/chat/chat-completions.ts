// The route of /chat/completions.

import { inputTokens } from '../answer/input-tokens.js';
import { planAnswer } from '../answer/plan-answer.js';
import type { EmulatorClock } from '../clock.js';
import { failure } from '../errors.js';
import type { FaultCounter } from '../faults.js';
import { planFaults, strike } from '../faults.js';
import { answerWhole } from '../http/answer-whole.js';
import type { Exchange } from '../http/exchange.js';
import { FaultySink } from '../http/faulty-sink.js';
import { SseSink } from '../http/sse-sink.js';
import type { Models } from '../models/models.js';
import { Generation } from '../pacing/generation.js';
import type { TimerWheel } from '../pacing/timer-wheel.js';
import type { Settings } from '../settings.js';
import { toChatRequest } from './chat-request.js';
import { ChatSteps } from './chat-steps.js';

export interface ChatParts {
  models: Models;
  faults: FaultCounter;
  settings: Settings;
  clock: EmulatorClock;
  wheel: TimerWheel;
}

export class ChatCompletions {
  constructor(private readonly parts: ChatParts) {}

  readonly create = (exchange: Exchange): void => {
    const { models, faults, settings, clock, wheel } = this.parts;
    const body = exchange.object();
    const request = toChatRequest(body, models.require(body['model']));
    const { plan, faults: written, userText } = planAnswer(request.question, settings, exchange.directives);
    const fault = planFaults(plan, written, userText, faults);
    if (fault !== undefined) return strike(fault, exchange);
    const source = new ChatSteps(
      request,
      plan,
      clock.seconds(),
      inputTokens(request.question, body['tools']),
    );
    exchange.entry.response_id = source.id;
    const generation = new Generation(source.steps(), wheel, true, undefined, () => {
      if (request.stream) return;
      if (source.broken) exchange.error(failure('500'));
      else answerWhole(exchange, plan.faults, source.toObject());
    });
    const stop = () => generation.stop();
    if (request.stream) {
      const sink =
        plan.faults.length > 0
          ? new FaultySink(exchange, plan.faults, () => source.afterEnd())
          : new SseSink(exchange);
      sink.onClose = stop;
      generation.attach(sink);
    } else {
      exchange.onAbort = stop;
    }
    generation.start(plan.pace);
  };
}
