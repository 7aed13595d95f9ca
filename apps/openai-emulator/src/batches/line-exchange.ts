// One line of a batch as an exchange without a connection: the routes answer it like any other request, and what they
// would have sent becomes a value.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import { ApiError, failure } from '../errors.js';
import { Exchange } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import type { JournalEntry } from '../journal.js';

export interface LineAnswer {
  status: number;
  body: unknown;
  requestId: string;
}

export class LineExchange extends Exchange {
  private answered: (answer: LineAnswer) => void = () => undefined;

  constructor(path: string, body: unknown, directives: readonly string[]) {
    const request = new IncomingMessage(new Socket());
    super(request, new ServerResponse(request), path, '', body, unlisted(path));
    this.directives = [...directives];
  }

  /** Has the route answer. Never rejects: what OpenAI would refuse is an answer too. */
  async askOf(handler: Handler): Promise<LineAnswer> {
    const { promise, resolve } = Promise.withResolvers<LineAnswer>();
    this.answered = resolve;
    try {
      await handler(this);
    } catch (error) {
      this.error(error instanceof ApiError ? error : failure('500'));
    }
    return promise;
  }

  override json(status: number, body: unknown): void {
    if (this.ended) return;
    this.finish('answered');
    this.answered({ status, body, requestId: this.requestId });
  }

  /** Nobody's connection can break or stall here: what would do that is a failure of the line. */
  override send(): void {
    this.break();
  }
  override truncated(): void {
    this.break();
  }
  override destroy(): void {
    this.break();
  }
  override closeEmpty(): void {
    this.break();
  }
  override hang(): void {
    this.break();
  }
  override openStream(): void {
    throw ApiError.badRequest("'stream' is not supported in a batch.", 'stream');
  }

  private break(): void {
    this.error(failure('500'));
  }
}

/** The journal holds what came over HTTP; a line came with its file. */
const unlisted = (path: string): JournalEntry => ({
  n: 0,
  connection: 0,
  time: new Date().toISOString(),
  method: 'POST',
  path,
  query: '',
  headers: {},
  key: undefined,
  body: undefined,
  route: undefined,
  response_id: undefined,
  status: undefined,
  outcome: 'running',
  fault: undefined,
  error_code: undefined,
  dead_api: false,
  stream: false,
  tokens_sent: 0,
  duration_ms: undefined,
});
