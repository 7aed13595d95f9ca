// The Responses API behind the ModelClient port: stream, resume, poll, cancel. Knows no retries: a failure is
// told as it is, and the caller decides.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { Response } from 'openai/resources/responses/responses';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { ModelClient, type ModelTimeouts } from '../model/model-client.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import type { ModelRequest } from '../model/model-request.js';
import type { ModelSink } from '../model/model-sink.js';
import { headersLimit, runModelStream } from '../stream/model-stream.js';
import type { StreamCounts } from '../stream/stream-counts.js';
import { ResponseEvents } from './response-events.js';
import { toOutcome } from './to-outcome.js';
import { toResponsesBody } from './to-responses-body.js';

const PLAIN_CALL_MS = 30_000;
const POLL_MS = { first: 1_000, most: 3_000 };

export class ResponsesModelClient extends ModelClient {
  readonly api = 'responses';

  constructor(
    private readonly openai: OpenAI,
    private readonly timeouts: ModelTimeouts,
    private readonly catalogue: ModelCatalogue,
    private readonly counts: StreamCounts,
  ) {
    super();
  }

  async stream(request: ModelRequest, sink: ModelSink, signal: AbortSignal): Promise<ModelOutcome> {
    const { request: shaped, capabilities } = this.catalogue.shapeRequest(request, 'responses');
    const body = toResponsesBody(shaped, capabilities.reasoning);
    const consumer = new ResponseEvents(sink, this.counts);
    const timeout = headersLimit(this.timeouts);
    const open = (signal: AbortSignal) =>
      this.openai.responses.create(body, { signal, timeout }).asResponse();
    await runModelStream({ open, consumer, sink, signal, timeouts: this.timeouts });
    return consumer.outcome();
  }

  async resume(
    response_id: string,
    after: number,
    sink: ModelSink,
    signal: AbortSignal,
  ): Promise<ModelOutcome> {
    const consumer = new ResponseEvents(sink, this.counts, after);
    const query = { stream: true, starting_after: after, include_obfuscation: false } as const;
    const timeout = headersLimit(this.timeouts);
    const open = (signal: AbortSignal) =>
      this.openai.responses.retrieve(response_id, query, { signal, timeout }).asResponse();
    try {
      await runModelStream({ open, consumer, sink, signal, timeouts: this.timeouts });
    } catch (error) {
      throw asNotResumable(error);
    }
    return consumer.outcome();
  }

  async poll(response_id: string, signal: AbortSignal): Promise<ModelOutcome> {
    for (let wait = POLL_MS.first; ; wait = Math.min(POLL_MS.most, wait * 1.5)) {
      const response = await this.retrieve(response_id, signal);
      // Events are not counted here: a poll ends the response, so nobody resumes after it.
      if (response.status !== 'queued' && response.status !== 'in_progress') return toOutcome(response, 0);
      await sleep(wait * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch((error: unknown) => {
        throw toUpstreamError(error);
      });
    }
  }

  async cancel(response_id: string): Promise<void> {
    try {
      await this.openai.responses.cancel(response_id, { timeout: PLAIN_CALL_MS });
    } catch {
      // Unknown, finished, not in the background, or out of reach: in each case there is nothing more to do.
    }
  }

  private async retrieve(response_id: string, signal: AbortSignal): Promise<Response> {
    try {
      return await this.openai.responses.retrieve(response_id, {}, { signal, timeout: PLAIN_CALL_MS });
    } catch (error) {
      throw asNotResumable(toUpstreamError(error));
    }
  }
}

/** 400 "can no longer be streamed", 404 for what is gone or never was kept. */
function asNotResumable(error: unknown): unknown {
  if (!(error instanceof UpstreamError) || (error.status !== 400 && error.status !== 404)) return error;
  return new UpstreamError(
    'not_resumable',
    `the provider does not continue this response (${error.status})`,
    {
      status: error.status,
      ...(error.upstream_code === undefined ? {} : { upstream_code: error.upstream_code }),
      ...(error.request_id === undefined ? {} : { request_id: error.request_id }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    },
  );
}
