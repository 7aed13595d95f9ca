// A history, indexed once for all rules: runs with their events, sends by message, client streams by
// subscription. Judges nothing.
import { isRunEnded, type RunEnded } from '#contracts';
import type { ChannelLog, ExpectedMessage, History, StoredEvent } from '../history/history.js';
import type { ClientOperation, FaultOperation, Operation, SendOperation } from '../history/operation.js';

export interface RunTrace {
  channel: string;
  run_id: string;
  message_id: string;
  events: StoredEvent[];
  ends: StoredEvent[];
  /** The last of its ends. */
  end: RunEnded | undefined;
}

export interface ClientStream {
  client: string;
  channel: string;
  operations: ClientOperation[];
}

export interface FaultSpan {
  n: number;
  kind: string;
  target: string;
  /** UTC ms. */
  from: number;
  to: number;
}

export interface View {
  history: History;
  logs: Map<string, ChannelLog>;
  /** By message key. */
  expected: Map<string, ExpectedMessage>;
  runs: Map<string, RunTrace>;
  runsByMessage: Map<string, RunTrace[]>;
  runsByChannel: Map<string, RunTrace[]>;
  sends: Map<string, SendOperation[]>;
  streams: ClientStream[];
  faults: FaultSpan[];
  /** UTC ms at which a process said that the provider's circuit was not closed. */
  providerClosed: number[];
}

export const keyOf = (at: { channel: string; message_id: string }): string =>
  JSON.stringify([at.channel, at.message_id]);

export function toView(history: History): View {
  const runs = toRuns(history.logs);
  const all = [...runs.values()];
  return {
    history,
    logs: new Map(history.logs.map((log) => [log.channel, log])),
    expected: new Map(history.messages.map((message) => [keyOf(message), message])),
    runs,
    runsByMessage: Map.groupBy(all, keyOf),
    runsByChannel: Map.groupBy(all, (run) => run.channel),
    sends: Map.groupBy(only(history.operations, 'send'), keyOf),
    streams: toStreams(history.operations),
    faults: toFaults(only(history.operations, 'fault')),
    providerClosed: only(history.operations, 'health').flatMap(({ provider, at }) =>
      provider === false ? [at] : [],
    ),
  };
}

export function only<K extends Operation['op']>(
  operations: readonly Operation[],
  op: K,
): Extract<Operation, { op: K }>[] {
  return operations.filter((one): one is Extract<Operation, { op: K }> => one.op === op);
}

function toRuns(logs: readonly ChannelLog[]): Map<string, RunTrace> {
  const runs = new Map<string, RunTrace>();
  for (const { channel, events } of logs) {
    for (const stored of events) {
      const { event } = stored;
      let run = runs.get(event.run_id);
      if (!run) {
        const { run_id, message_id } = event;
        run = { channel, run_id, message_id, events: [], ends: [], end: undefined };
        runs.set(run_id, run);
      }
      run.events.push(stored);
      if (!isRunEnded(event)) continue;
      run.ends.push(stored);
      run.end = event;
    }
  }
  return runs;
}

function toStreams(operations: readonly Operation[]): ClientStream[] {
  const streams = new Map<string, ClientStream>();
  for (const operation of operations) {
    if (!isOfClient(operation)) continue;
    const { client, channel } = operation;
    const key = JSON.stringify([client, channel]);
    let stream = streams.get(key);
    if (!stream) streams.set(key, (stream = { client, channel, operations: [] }));
    stream.operations.push(operation);
  }
  return [...streams.values()];
}

const isOfClient = (one: Operation): one is ClientOperation =>
  one.op === 'subscribed' || one.op === 'event' || one.op === 'frame' || one.op === 'reset';

function toFaults(operations: readonly FaultOperation[]): FaultSpan[] {
  const open = new Map<number, FaultSpan>();
  const spans: FaultSpan[] = [];
  for (const { phase, n, kind, target, at } of operations) {
    if (phase === 'invoke') {
      const span = { n, kind, target, from: at, to: Number.POSITIVE_INFINITY };
      open.set(n, span);
      spans.push(span);
    } else {
      const span = open.get(n);
      if (span) span.to = at;
      if (phase === 'fail' && span) spans.splice(spans.indexOf(span), 1);
    }
  }
  return spans;
}
