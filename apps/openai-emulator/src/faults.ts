// Which faults strike a request, and those that strike before an answer begins. How a stream is spoilt is in http/faulty-sink.

import type { Plan } from './answer/plan.js';
import type { Fault } from './directives/directive.js';
import { parseScript } from './directives/parse-script.js';
import { failure } from './errors.js';
import type { Exchange } from './http/exchange.js';

const MAX_KEYS = 10_000;

/** Counts strikes by fault and message, so that `times=2` means: the first two requests for this message. */
export class FaultCounter {
  private readonly struck = new Map<string, number>();

  strikes(fault: Fault, message: string): boolean {
    if (fault.times === undefined) return true;
    const key = `${fault.source}\n${message}`;
    const before = this.struck.get(key) ?? 0;
    if (before >= fault.times) return false;
    this.struck.delete(key);
    this.struck.set(key, before + 1);
    if (this.struck.size > MAX_KEYS) this.struck.delete(this.struck.keys().next().value!);
    return true;
  }

  reset(): void {
    this.struck.clear();
  }
}

/** The faults among directives from outside (without brackets), for routes that build no answer of their own. */
export function faultsOf(directives: readonly string[]): Fault[] {
  return directives.flatMap((directive) => parseScript(`[[${directive}]]`).rounds[0]!.faults);
}

/** True for the faults that replace an answer as a whole, on any route. */
export function replacesAnswer(fault: Fault): boolean {
  return fault.kind === 'fail' || fault.kind === 'html-200' || (fault.after < 0 && isConnectionLoss(fault));
}

function isConnectionLoss(fault: Fault): boolean {
  return fault.kind === 'hang' || fault.kind === 'cut' || fault.kind === 'fin';
}

/**
 * Answers the exchange by a fault of the kind above.
 * @throws ApiError for `fail`; the server sends it like any other refusal
 */
export function strike(fault: Fault, exchange: Exchange): void {
  exchange.entry.fault = fault.source;
  switch (fault.kind) {
    case 'fail':
      throw failure(fault.what === '' ? '500' : fault.what, fault.options);
    case 'html-200':
      exchange.send(200, '<!doctype html><html><body>Bad gateway</body></html>', 'text/html; charset=utf-8');
      return;
    case 'cut':
      exchange.destroy('cut');
      return;
    case 'fin':
      exchange.closeEmpty();
      return;
    default:
      exchange.hang();
  }
}

/**
 * Takes the faults that strike out of `faults` into the plan, and returns the first one that replaces the answer.
 * A fault behind such a one is not counted: its turn has not come.
 */
export function planFaults(
  plan: Plan,
  faults: readonly Fault[],
  message: string,
  counter: FaultCounter,
): Fault | undefined {
  for (const fault of faults) {
    // A hang with an end is a late answer, not a lost one.
    if (fault.kind === 'hang' && fault.after < 0 && fault.options['ms'] !== undefined) {
      if (counter.strikes(fault, message)) plan.pace.ttftMs += Number(fault.options['ms']);
      continue;
    }
    if (!counter.strikes(fault, message)) continue;
    if (replacesAnswer(fault)) return fault;
    switch (fault.kind) {
      case 'error-event':
      case 'response-failed':
        plan.breaks = {
          how: fault.kind,
          after: Math.max(0, fault.after),
          code: fault.options['code'] ?? 'server_error',
        };
        break;
      case 'incomplete':
        plan.incomplete = fault.what === 'content_filter' ? 'content_filter' : 'max_output_tokens';
        plan.calls = [];
        break;
      default:
        plan.faults.push(fault);
    }
  }
  return undefined;
}
