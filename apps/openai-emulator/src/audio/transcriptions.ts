// The route of /audio/transcriptions: checks, plans, and answers whole or as a stream of events.

import type { TranscriptionStreamEvent } from 'openai/resources/audio/transcriptions';

import type { Plan } from '../answer/plan.js';
import { ApiError } from '../errors.js';
import type { FaultCounter } from '../faults.js';
import { planFaults, strike } from '../faults.js';
import { answerWhole } from '../http/answer-whole.js';
import type { Exchange } from '../http/exchange.js';
import { FaultySink } from '../http/faulty-sink.js';
import { SseSink } from '../http/sse-sink.js';
import type { Models } from '../models/models.js';
import { AWAIT_FIRST, AWAIT_TOKEN, Generation, type Step } from '../pacing/generation.js';
import type { TimerWheel } from '../pacing/timer-wheel.js';
import type { Settings } from '../settings.js';
import { tokensOf } from '../text/tokens.js';
import { extras, logprobsOf, planTranscription, toBody, usageOf } from './transcription-answer.js';
import { toTranscriptionRequest, type TranscriptionRequest } from './transcription-request.js';
import type { Transcript } from './transcript.js';

export interface TranscriptionParts {
  models: Models;
  faults: FaultCounter;
  settings: Settings;
  wheel: TimerWheel;
}

export class Transcriptions {
  constructor(private readonly parts: TranscriptionParts) {}

  readonly create = (exchange: Exchange): void => {
    const { models, faults, settings } = this.parts;
    const { form } = exchange;
    if (form === undefined)
      throw ApiError.badRequest('The body must be multipart/form-data with a file and a model.');
    models.require(form.fields['model']);
    const request = toTranscriptionRequest(form);
    const { summary, filename } = form.file!;
    const planned = planTranscription(request, filename, exchange.directives, settings);
    const plan = emptyPlan(planned.pace);
    const fault = planFaults(plan, planned.faults, `${summary.sha256}\n${request.prompt}`, faults);
    if (fault !== undefined) return strike(fault, exchange);
    this.answer(exchange, request, planned.transcript, plan);
  };

  private answer(
    exchange: Exchange,
    request: TranscriptionRequest,
    transcript: Transcript,
    plan: Plan,
  ): void {
    const { wheel } = this.parts;
    if (request.stream) {
      const events = eventsOf(request, transcript, plan);
      const generation = new Generation(events, wheel, true, undefined, () => undefined);
      const sink =
        plan.faults.length > 0 ? new FaultySink(exchange, plan.faults, () => '') : new SseSink(exchange);
      sink.onClose = () => generation.stop();
      generation.attach(sink);
      generation.start(plan.pace);
      return;
    }
    const generation = new Generation(pauses(transcript), wheel, true, undefined, () => {
      const body = toBody(request, transcript);
      if (typeof body === 'string') exchange.send(200, body, 'text/plain; charset=utf-8');
      else answerWhole(exchange, plan.faults, body);
    });
    exchange.onAbort = () => generation.stop();
    generation.start(plan.pace);
  }
}

/** The time that the whole answer takes, without its frames. */
function* pauses({ text }: Transcript): Generator<Step, void> {
  yield AWAIT_FIRST;
  for (const _ of tokensOf(text)) yield AWAIT_TOKEN;
}

function* eventsOf(request: TranscriptionRequest, transcript: Transcript, plan: Plan): Generator<Step, void> {
  const { text, segments } = transcript;
  const diarized = request.format === 'diarized_json';
  const breakAfter = plan.breaks?.after ?? Infinity;
  let sent = 0;
  yield AWAIT_FIRST;
  for (const [index, segment] of segments.entries()) {
    for (const token of tokensOf(index === 0 ? segment.text : ` ${segment.text}`)) {
      if (sent++ >= breakAfter) return yield errorFrame(plan);
      yield AWAIT_TOKEN;
      yield frame({
        type: 'transcript.text.delta',
        delta: token,
        ...(diarized && { segment_id: segment.id }),
        ...(request.logprobs && { logprobs: logprobsOf(token) }),
      });
    }
    if (diarized) yield frame({ type: 'transcript.text.segment', ...segment });
  }
  if (plan.breaks !== undefined) return yield errorFrame(plan);
  const usage = usageOf(request, transcript, 'tokens');
  yield frame({
    type: 'transcript.text.done',
    text,
    ...extras(request, text),
    usage,
  } as TranscriptionStreamEvent);
}

const frame = (event: TranscriptionStreamEvent): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function errorFrame({ breaks }: Plan): string {
  const message = 'The server had an error while processing your request. Sorry about that!';
  const error = { message, type: 'server_error', param: null, code: breaks?.code ?? null };
  return `event: error\ndata: ${JSON.stringify({ error })}\n\n`;
}

function emptyPlan(pace: Plan['pace']): Plan {
  return {
    reasoning: undefined,
    search: undefined,
    citations: [],
    text: undefined,
    refusal: false,
    calls: [],
    incomplete: undefined,
    breaks: undefined,
    pace,
    faults: [],
  };
}
