// An answer that is not streamed, with the faults that can happen to it.

import type { Fault } from '../directives/directive.js';
import type { Exchange } from './exchange.js';

/** Sends `object` as JSON; a stream fault (`cut after 3`) breaks the body in the middle instead. */
export function answerWhole(exchange: Exchange, faults: readonly Fault[], object: unknown): void {
  for (const fault of faults) {
    const { kind } = fault;
    if (kind === 'cut' || kind === 'fin' || kind === 'hang' || kind === 'malformed') {
      exchange.entry.fault = fault.source;
      return exchange.truncated(object, kind === 'malformed' ? 'fin' : kind);
    }
  }
  exchange.json(200, object);
}
