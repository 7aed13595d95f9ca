// I3: in a channel one run at a time, in the order of acceptance; and what one source sent in order was accepted
// in that order.
import type { SendOperation } from '../../history/operation.js';
import { keyOf, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

interface Span {
  run: RunTrace;
  queued: number;
  from: number;
  to: number;
}

export function checkOrder(view: View): Violation[] {
  const spans = new Map([...view.runsByChannel].map(([channel, runs]) => [channel, toSpans(runs)]));
  return [...oneAtATime(spans), ...sourcesKeepOrder(view, spans)];
}

function toSpans(runs: readonly RunTrace[]): Span[] {
  return runs
    .map((run) => {
      const worked = run.events.find(({ event }) => event.type !== 'run.queued');
      return {
        run,
        queued: run.events[0]!.offset,
        from: worked?.offset ?? Number.POSITIVE_INFINITY,
        to: run.ends.at(-1)?.offset ?? Number.POSITIVE_INFINITY,
      };
    })
    .sort((a, b) => a.queued - b.queued);
}

function* oneAtATime(channels: Map<string, Span[]>): Generator<Violation> {
  for (const [channel, spans] of channels) {
    let before: Span | undefined;
    for (const span of spans) {
      // A run that was cancelled while it waited may end before its turn.
      if (span.run.end?.type === 'run.cancelled' && span.from === span.to) continue;
      if (before && span.from < before.to)
        yield {
          invariant: 'I3',
          channel,
          run_id: span.run.run_id,
          text: `message ${span.run.message_id} began at ${span.from}, ${before.run.message_id} ended at ${before.to}`,
        };
      before = span;
    }
  }
}

function* sourcesKeepOrder({ sends }: View, channels: Map<string, Span[]>): Generator<Violation> {
  const queued = new Map([...channels.values()].flat().map((span) => [keyOf(span.run), span.queued]));
  const bySource = Map.groupBy(
    [...sends].flatMap(([key, operations]) => {
      const first = operations[0]!;
      const alone = operations.every(({ source }) => source === first.source);
      return alone && queued.has(key) ? [{ first, queued: queued.get(key)! }] : [];
    }),
    ({ first }) => JSON.stringify([first.source, first.channel]),
  );
  for (const sent of bySource.values()) {
    sent.sort((a, b) => a.first.n - b.first.n);
    for (let i = 1; i < sent.length; i++) {
      const [one, two] = [sent[i - 1]!, sent[i]!];
      if (two.queued < one.queued) yield overtaken(one.first, two.first);
    }
  }
}

const overtaken = (one: SendOperation, two: SendOperation): Violation => ({
  invariant: 'I3',
  channel: one.channel,
  text: `${one.source} sent ${one.message_id} before ${two.message_id}, which was accepted first`,
});
