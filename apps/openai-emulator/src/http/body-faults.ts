// What goes wrong while a body comes in: `upload cut`, `upload hang`, `upload fail`, `upload rate`. The body goes through
// here on its way to the reader.

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { failure } from '../errors.js';
import type { Exchange } from './exchange.js';

/** Directives of this kind begin so; they strike before the body is read, so that no rule can look into it for them. */
export const isBodyFault = (directive: string): boolean => /^upload\s/.test(directive);

/**
 * The body with its faults.
 * @param directives `upload cut 1000`, `upload hang 1000 [ms=300]`, `upload fail 1000 429 retry-after=1` (after so many
 * bytes), `upload rate 1000` (bytes per second)
 */
export function spoilt(
  request: IncomingMessage,
  exchange: Exchange,
  directives: readonly string[],
): Readable {
  let body: Readable = request;
  for (const directive of directives) {
    const [, kind = '', number = '0', ...words] = directive.split(/\s+/);
    const step = stepOf(kind, Number(number), words, exchange);
    if (step === undefined) continue;
    exchange.entry.fault = directive;
    body = Readable.from(passing(body, step));
  }
  return body;
}

/** Told of each piece and of the bytes up to its end; false takes the piece, and all that follow, off. */
type Step = (chunk: Buffer, bytes: number) => Promise<boolean>;

async function* passing(body: Readable, step: Step): AsyncGenerator<Buffer> {
  let bytes = 0;
  let off = false;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read and dropped: the client may go on sending.
    off ||= !(await step(chunk, bytes));
    if (!off) yield chunk;
  }
}

function stepOf(
  kind: string,
  number: number,
  words: readonly string[],
  exchange: Exchange,
): Step | undefined {
  if (!(number >= 0)) return undefined;
  const options = Object.fromEntries(
    words.filter((word) => word.includes('=')).map((word) => word.split('=', 2)),
  );
  switch (kind) {
    case 'cut':
      return async (_chunk, bytes) => {
        if (bytes < number) return true;
        exchange.destroy('cut');
        return false;
      };
    case 'hang': {
      let slept = false;
      return async (_chunk, bytes) => {
        if (bytes < number || slept) return true;
        slept = true;
        // Without an end the reader never asks for more, and the client's writes fill up.
        await (options['ms'] === undefined
          ? new Promise<never>(() => undefined)
          : delay(Number(options['ms'])));
        return true;
      };
    }
    case 'fail':
      return async (_chunk, bytes) => {
        if (bytes < number) return true;
        exchange.error(failure(words[0] ?? '500', options));
        return false;
      };
    case 'rate':
      return async (chunk) => {
        await delay((chunk.length / Math.max(1, number)) * 1000);
        return true;
      };
    default:
      return undefined;
  }
}
