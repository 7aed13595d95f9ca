// The `fetch` that the SDK is given: undici.request with a pool of its own, and answers that hand out the bare
// byte stream. About a third of the CPU of the global fetch per streamed token. Knows nothing of OpenAI.
import type { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';
import { UpstreamError } from '../errors/upstream-error.js';

/** A plain (not streamed) answer above this many bytes is refused. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

/**
 * What the SDK and our readers use of a fetch Response's headers. The SDK copies and masks all those of a real `Headers` for a log line that
 * nobody asked for; together with building one that is a thirtieth of what a call costs.
 */
class UpstreamHeaders {
  readonly #values: ReadonlyMap<string, string>;

  /** @param headers names in lower case, as undici gives them */
  constructor(headers: Dispatcher.ResponseData['headers']) {
    const values = new Map<string, string>();
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) values.set(name, Array.isArray(value) ? value.join(', ') : value);
    this.#values = values;
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  entries(): MapIterator<[string, string]> {
    return this.#values.entries();
  }
}

/** What the SDK and our readers use of a fetch Response; `body` is a node stream. */
export class UpstreamResponse {
  readonly ok: boolean;
  readonly headers: UpstreamHeaders;

  constructor(
    readonly url: string,
    readonly status: number,
    headers: Dispatcher.ResponseData['headers'],
    readonly body: Readable,
  ) {
    this.ok = status >= 200 && status < 300;
    this.headers = new UpstreamHeaders(headers);
    // Whoever stops reading half-way must not bring the process down with an unhandled error.
    body.on('error', () => {});
  }

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LARGEST_ANSWER)
        throw new UpstreamError('malformed', `the answer exceeds ${LARGEST_ANSWER} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/** Timeouts are 0 because the readers have their own clocks; only connecting is bounded here. */
export function upstreamAgent(): Agent {
  return new Agent({
    connections: 2_048,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  });
}

/** Sends text, bytes and streams of bytes, no forms; redirects are not followed. */
export function upstreamFetch(dispatcher: Dispatcher): typeof globalThis.fetch {
  return (async (input: string | URL | Request, init: RequestInit = {}) => {
    const { body } = init;
    if (!isSendable(body))
      throw new TypeError('unable to send the request; only text, bytes and streams are supported here');
    const url = input instanceof Request ? input.url : input;
    const answer = await request(url, {
      dispatcher,
      method: (init.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: init.headers instanceof Headers ? init.headers : new Headers(init.headers),
      body: (body ?? null) as Dispatcher.DispatchOptions['body'] & {},
      ...(init.signal ? { signal: init.signal } : {}),
    });
    return new UpstreamResponse(String(url), answer.statusCode, answer.headers, answer.body);
  }) as unknown as typeof globalThis.fetch;
}

const isSendable = (body: unknown): boolean =>
  body === undefined ||
  body === null ||
  typeof body === 'string' ||
  body instanceof Uint8Array ||
  // A form iterates too, but over its fields.
  (typeof body === 'object' && Symbol.asyncIterator in body);
