// Chat completions behind the ModelClient port, for servers that have nothing else. Nothing is kept by the
// provider here, so nothing can be resumed.
import type { OpenAI } from 'openai';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { ModelClient, type ModelTimeouts } from '../model/model-client.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import type { ModelRequest } from '../model/model-request.js';
import type { ModelSink } from '../model/model-sink.js';
import { headersLimit, runModelStream } from '../stream/model-stream.js';
import { ChatEvents } from './chat-events.js';
import { toChatBody } from './to-chat-body.js';

export class ChatModelClient extends ModelClient {
  readonly api = 'chat';

  constructor(
    private readonly openai: OpenAI,
    private readonly timeouts: ModelTimeouts,
    private readonly catalogue: ModelCatalogue,
  ) {
    super();
  }

  async stream(request: ModelRequest, sink: ModelSink, signal: AbortSignal): Promise<ModelOutcome> {
    const { request: shaped, capabilities } = this.catalogue.shapeRequest(request, 'chat');
    const body = toChatBody(shaped, capabilities);
    const consumer = new ChatEvents(sink);
    const timeout = headersLimit(this.timeouts);
    const open = (signal: AbortSignal) =>
      this.openai.chat.completions.create(body, { signal, timeout }).asResponse();
    await runModelStream({ open, consumer, sink, signal, timeouts: this.timeouts });
    return consumer.outcome();
  }

  resume(): Promise<ModelOutcome> {
    return Promise.reject(notKept());
  }

  poll(): Promise<ModelOutcome> {
    return Promise.reject(notKept());
  }

  async cancel(): Promise<void> {
    // Closing the connection is all that stops a chat completion, and the signal of `stream` does that.
  }
}

const notKept = (): UpstreamError =>
  new UpstreamError('not_resumable', 'chat completions are not kept by the provider');
