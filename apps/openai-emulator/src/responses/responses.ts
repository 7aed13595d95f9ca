// The routes of /responses: create in its four modes (plain or stream, foreground or background), and what can be done
// with a response afterwards.

import { inputTokens } from '../answer/input-tokens.js';
import { planAnswer } from '../answer/plan-answer.js';
import type { Plan } from '../answer/plan.js';
import type { Question } from '../answer/turns.js';
import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import type { FaultCounter } from '../faults.js';
import { faultsOf, planFaults, strike } from '../faults.js';
import type { Exchange } from '../http/exchange.js';
import { FaultySink } from '../http/faulty-sink.js';
import { answerWhole } from '../http/answer-whole.js';
import { SseSink } from '../http/sse-sink.js';
import type { Models } from '../models/models.js';
import { pageOf } from '../page.js';
import { Generation } from '../pacing/generation.js';
import type { TimerWheel } from '../pacing/timer-wheel.js';
import type { Settings } from '../settings.js';
import { countTokens } from '../text/tokens.js';
import type { VectorStoreRegistry } from '../vector-stores/vector-store-registry.js';
import { offeredSearch } from './file-search.js';
import type { ResponseContext } from './response-context.js';
import { EventFramer } from './event-framer.js';
import { toTurns } from './item.js';
import type { Item } from './item.js';
import { ResponseDraft } from './response-draft.js';
import type { ResponseRequest } from './response-request.js';
import { toQuestion, toResponseRequest } from './response-request.js';
import { ResponseSteps } from './response-steps.js';
import type { ResponseStore, StoredResponse } from './response-store.js';

const DELTA = /^event: \S+\.delta$/m;

export interface ResponsesParts {
  models: Models;
  context: ResponseContext;
  vectorStores: VectorStoreRegistry;
  store: ResponseStore;
  faults: FaultCounter;
  settings: Settings;
  clock: EmulatorClock;
  wheel: TimerWheel;
}

export class Responses {
  constructor(private readonly parts: ResponsesParts) {}

  readonly create = (exchange: Exchange): void => {
    const { models, context, settings, faults, vectorStores } = this.parts;
    const body = exchange.object();
    const request = toResponseRequest(body, models.require(body['model']));
    const items = context.resolve(request);
    const question = toQuestion(
      body,
      toTurns(items),
      offeredSearch(body['tools'], vectorStores, exchange.project),
    );
    const answer = planAnswer(question, settings, exchange.directives);
    const fault = planFaults(answer.plan, answer.faults, answer.userText, faults);
    if (fault !== undefined) return strike(fault, exchange);
    this.answer(exchange, request, items, question, answer.plan);
  };

  readonly countInputTokens = (exchange: Exchange): void => {
    const body = exchange.object();
    const { models, context } = this.parts;
    const request = toResponseRequest(body, models.require(body['model'] ?? 'gpt-6-luna'));
    const question = toQuestion(body, toTurns(context.resolve(request)), undefined);
    exchange.json(200, {
      object: 'response.input_tokens',
      input_tokens: inputTokens(question, body['tools']),
    });
  };

  readonly retrieve = (exchange: Exchange): void => {
    const stored = this.parts.store.get(idOf(exchange));
    exchange.entry.response_id = stored.draft.id;
    if (exchange.query.get('stream') === 'true') this.rejoin(exchange, stored);
    else exchange.json(200, stored.draft.toObject());
  };

  readonly cancel = (exchange: Exchange): void => {
    const { draft, generation } = this.parts.store.get(idOf(exchange));
    exchange.entry.response_id = draft.id;
    if (!draft.request.background) throw ApiError.badRequest('Cannot cancel a synchronous response.');
    if (!draft.ended) {
      generation.stop();
      this.end(draft, 'cancelled');
      // There is no event for it: streams on this response just end.
      generation.endSinks();
    }
    exchange.json(200, draft.toObject());
  };

  readonly delete = (exchange: Exchange): void => {
    const { draft, generation } = this.parts.store.get(idOf(exchange));
    exchange.entry.response_id = draft.id;
    if (!draft.ended) {
      generation.stop();
      this.end(draft, 'cancelled');
      generation.endSinks();
    }
    this.parts.store.delete(draft.id);
    exchange.json(200, { id: draft.id, object: 'response', deleted: true });
  };

  readonly inputItems = (exchange: Exchange): void => {
    exchange.json(200, pageOf(this.parts.store.get(idOf(exchange)).context, exchange.query));
  };

  private answer(
    exchange: Exchange,
    request: ResponseRequest,
    items: Item[],
    question: Question,
    plan: Plan,
  ): void {
    const { clock, context, store, wheel } = this.parts;
    // What a search finds is read by the model, and paid for.
    const found = (plan.search?.hits ?? []).reduce((sum, { text }) => sum + countTokens(text), 0);
    const tokens = inputTokens(question, request.body['tools']) + found;
    const draft = new ResponseDraft(request, clock.seconds(), tokens);
    context.lock(request, draft.id);
    exchange.entry.response_id = draft.id;
    const framer = new EventFramer(!request.stream, request.obfuscated);
    const source = new ResponseSteps(draft, plan, framer, () => clock.seconds());
    const frames = request.background && request.stream ? [] : undefined;
    let whenDone: (() => void) | undefined;
    const generation = new Generation(source.steps(), wheel, !request.background, frames, () => {
      context.release(draft);
      whenDone?.();
    });
    const createdMs = clock.now();
    if (request.store || request.background)
      store.add({ draft, context: items, frames, generation, createdMs });
    const abandon = () => {
      if (draft.ended) return;
      generation.stop();
      this.end(draft, 'cancelled');
      store.delete(draft.id);
    };
    if (request.stream) {
      const sink =
        plan.faults.length > 0
          ? new FaultySink(exchange, plan.faults, () => source.afterEnd())
          : new SseSink(exchange);
      sink.onClose = request.background ? () => generation.detach(sink) : abandon;
      generation.attach(sink);
    } else if (request.background) {
      exchange.json(200, draft.toObject());
    } else {
      exchange.onAbort = abandon;
      whenDone = () => answerWhole(exchange, plan.faults, draft.toObject());
    }
    generation.start(plan.pace);
  }

  private rejoin(exchange: Exchange, stored: StoredResponse): void {
    const { clock, settings } = this.parts;
    const { request } = stored.draft;
    if (!request.background) throw ApiError.notFound(`Response with id '${stored.draft.id}' not found.`);
    if (!request.stream) {
      throw ApiError.badRequest(
        'This response cannot be streamed because it was not created with background=true and stream=true.',
        'stream',
      );
    }
    if (stored.frames === undefined || clock.now() - stored.createdMs > settings.rejoin_window_ms) {
      throw ApiError.badRequest(
        'This response can no longer be streamed because it is more than 5 minutes old.',
        'stream',
      );
    }
    const after = Number(exchange.query.get('starting_after') ?? -1);
    if (!Number.isInteger(after)) throw ApiError.invalidType('starting_after', 'an integer', after);
    const faults = faultsOf(exchange.directives);
    const sink = faults.length > 0 ? new FaultySink(exchange, faults, () => '') : new SseSink(exchange);
    sink.onClose = () => stored.generation.detach(sink);
    for (const frame of stored.frames.slice(after + 1)) sink.frame(frame, DELTA.test(frame));
    if (stored.draft.ended) return sink.end();
    sink.flush();
    stored.generation.attach(sink);
  }

  /** Ends a response from outside its source. */
  private end(draft: ResponseDraft, status: 'cancelled'): void {
    draft.end(status, this.parts.clock.seconds());
    this.parts.context.release(draft);
  }
}

function idOf(exchange: Exchange): string {
  return exchange.params['response_id']!;
}
