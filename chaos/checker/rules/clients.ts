// I4: from the place where a subscription begins every event comes once and in order, up to the tip; whoever
// cannot be served so is told by a reset, and a reset has a cause.
import { isRunEnded } from '#contracts';
import type { ChannelLog, StoredEvent } from '../../history/history.js';
import type { ClientOperation, EventOperation, FrameOperation } from '../../history/operation.js';
import type { ClientStream, View } from '../view.js';
import type { Violation } from '../violation.js';
import { applyText } from './texts.js';

/** A stretch of one subscription without a break: what comes must follow on `from`. */
interface Segment {
  begins: ClientOperation;
  epoch: string;
  from: number;
  operations: ClientOperation[];
}

export function checkClients({ streams, logs }: View): Violation[] {
  return streams.flatMap((stream) => {
    const log = logs.get(stream.channel);
    const segments = toSegments(stream);
    return [
      ...resumes(stream),
      ...resets(stream),
      ...segments.flatMap((segment, i) =>
        isDelta(segment)
          ? [...dense(stream, segment, log, i === segments.length - 1)]
          : [...finals(stream, segment, log, i === segments.length - 1), ...texts(stream, segment, log)],
      ),
    ];
  });
}

function toSegments({ operations }: ClientStream): Segment[] {
  const segments: Segment[] = [];
  for (const operation of operations) {
    if (operation.op === 'subscribed' || operation.op === 'reset')
      segments.push({
        begins: operation,
        epoch: operation.epoch,
        from: operation.offset,
        operations: [],
      });
    else segments.at(-1)?.operations.push(operation);
  }
  return segments;
}

/** The format is said at the subscription; a reset does not change it. */
const isDelta = ({ operations }: Segment): boolean => operations.every(({ op }) => op === 'event');

const about = ({ client, channel }: ClientStream, text: string): Violation => ({
  invariant: 'I4',
  channel,
  text: `${client}: ${text}`,
});

/** A cursor that is not taken up exactly must be followed by a reset. */
function* resumes(stream: ClientStream): Generator<Violation> {
  for (const [i, operation] of stream.operations.entries()) {
    if (operation.op !== 'subscribed' || operation.asked === undefined) continue;
    const { asked, epoch, offset } = operation;
    const next = stream.operations[i + 1];
    if (asked === `${epoch}:${offset}` || asked === 'new:0' || next === undefined || next.op === 'reset')
      continue;
    yield about(stream, `asked to go on after ${asked}, went on after ${epoch}:${offset} without a reset`);
  }
}

function* resets(stream: ClientStream): Generator<Violation> {
  let epoch: string | undefined;
  for (const operation of stream.operations) {
    if (operation.op === 'reset') {
      if (operation.reason !== 'epoch_changed')
        yield about(stream, `reset at ${operation.offset} because ${operation.reason}; nothing was trimmed`);
      else if (epoch === operation.epoch)
        yield about(stream, `reset for a changed epoch, which is ${epoch} as before`);
    }
    // The answer to a subscription already names the new epoch when the reset is still to come.
    if (operation.op === 'subscribed' && operation.asked !== undefined)
      epoch = operation.asked.slice(0, operation.asked.lastIndexOf(':'));
    else epoch = operation.epoch;
  }
}

function* dense(
  stream: ClientStream,
  segment: Segment,
  log: ChannelLog | undefined,
  last: boolean,
): Generator<Violation> {
  let tip: number | undefined = segment.begins.op === 'reset' ? undefined : segment.from;
  for (const { offset, epoch, event } of segment.operations as EventOperation[]) {
    // After a reset the open run, or the newest finished one, is shown again.
    const follows = tip === undefined ? offset <= segment.from + 1 : offset === tip + 1;
    if (!follows) yield about(stream, `offset ${offset} follows ${tip ?? segment.from}`);
    if (epoch !== segment.epoch && segment.epoch !== 'new')
      yield about(stream, `offset ${offset} came in epoch ${epoch}, the subscription is in ${segment.epoch}`);
    const stored = log?.epoch.split('.')[0] === epoch.split('.')[0] ? log?.events[offset - 1] : undefined;
    if (stored && (stored.event.type !== event['type'] || stored.event.run_id !== event['run_id']))
      yield about(
        stream,
        `offset ${offset} was shown as ${String(event['type'])}, stored as ${stored.event.type}`,
      );
    tip = offset;
  }
  const reached = tip ?? segment.from;
  if (last && log && reached !== log.tip) yield about(stream, `stands at ${reached}, the log at ${log.tip}`);
}

function* finals(
  stream: ClientStream,
  segment: Segment,
  log: ChannelLog | undefined,
  last: boolean,
): Generator<Violation> {
  if (!log || segment.epoch.split('.')[0] !== log.epoch.split('.')[0]) return;
  const frames = segment.operations as FrameOperation[];
  const reached = last ? log.tip : (frames.at(-1)?.offset ?? segment.from);
  const shown = frames.filter(({ final }) => final);
  for (let i = 0; i < shown.length; i++) {
    const { offset, text, message_id } = shown[i]!;
    if (i > 0 && offset <= shown[i - 1]!.offset)
      yield about(stream, `the end of ${message_id} at ${offset} follows the one at ${shown[i - 1]!.offset}`);
    const event = log.events[offset - 1]?.event;
    if (!event || !isRunEnded(event))
      yield about(stream, `an end was shown for offset ${offset}, which is none`);
    else if (event.type === 'run.completed' && event.text !== text)
      yield about(stream, `the end of ${message_id} was shown with another text`);
  }
  const offsets = new Set(shown.map(({ offset }) => offset));
  for (const { offset, event } of log.events.slice(segment.from, reached))
    if (isRunEnded(event) && !offsets.has(offset))
      yield about(stream, `the end of ${event.message_id} at ${offset} was not shown`);
}

/** A growing text is exactly what the log adds up to at that place. */
function* texts(
  stream: ClientStream,
  { operations }: Segment,
  log: ChannelLog | undefined,
): Generator<Violation> {
  const known = new Map<string, { at: number; text: string; events: StoredEvent[]; next: number }>();
  for (const frame of operations as FrameOperation[]) {
    if (frame.status !== 'in_progress' || log?.epoch.split('.')[0] !== frame.epoch.split('.')[0]) continue;
    let run = known.get(frame.run_id);
    if (!run) {
      const events = log!.events.filter(({ event }) => event.run_id === frame.run_id);
      known.set(frame.run_id, (run = { at: 0, text: '', events, next: 0 }));
    }
    for (; run.next < run.events.length && run.events[run.next]!.offset <= frame.offset; run.next++)
      run.text = applyText(run.text, run.events[run.next]!.event);
    if (run.text !== frame.text)
      yield about(
        stream,
        `the text at ${frame.offset} has ${frame.text.length} units, the log says ${run.text.length}`,
      );
  }
}
