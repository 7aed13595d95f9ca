// The story of one channel around a broken promise: what was sent, stored, seen and broken, by time. Lines for people.
import type { Operation } from '../history/operation.js';
import type { View } from './view.js';
import type { Violation } from './violation.js';

const LINES = 60;

/** @returns at most about sixty lines; those of the run in question when the violation names one */
export function timeline(view: View, { channel, run_id }: Violation): string[] {
  if (channel === undefined) return [];
  const start = view.history.operations[0]?.at ?? 0;
  const lines: [at: number, text: string][] = [];
  const run = run_id === undefined ? undefined : view.runs.get(run_id);
  for (const operation of view.history.operations) {
    const text = describe(operation, channel, run?.message_id);
    if (text !== undefined) lines.push([operation.at, text]);
  }
  for (const { offset, event } of view.logs.get(channel)?.events ?? []) {
    if (!('at' in event) || (run_id !== undefined && event.run_id !== run_id)) continue;
    lines.push([event.at, `log ${offset} ${event.type} attempt ${event.attempt} ${event.message_id}`]);
  }
  const story = lines
    .toSorted((a, b) => a[0] - b[0])
    .map(([at, text]) => `${((at - start) / 1000).toFixed(3).padStart(9)} ${text}`);
  if (story.length <= LINES) return story;
  return [
    ...story.slice(0, LINES / 2),
    `          … ${story.length - LINES} lines …`,
    ...story.slice(-LINES / 2),
  ];
}

function describe(operation: Operation, channel: string, messageId: string | undefined): string | undefined {
  switch (operation.op) {
    case 'fault':
      return `FAULT ${operation.n} ${operation.kind} ${operation.target} ${operation.phase}`;
    case 'send':
    case 'cancel': {
      if (operation.channel !== channel || (messageId !== undefined && operation.message_id !== messageId))
        return undefined;
      const detail = 'outcome' in operation ? operation.outcome : operation.code;
      return `${operation.op} ${operation.message_id} ${operation.phase} ${detail ?? ''}`.trimEnd();
    }
    case 'subscribed':
    case 'reset':
      if (operation.channel !== channel || messageId !== undefined) return undefined;
      return `${operation.client} ${operation.op} ${operation.epoch}:${operation.offset}`;
    case 'abandoned':
      return operation.channel === channel
        ? `abandoned attempt ${operation.attempt} ${operation.run_id}`
        : undefined;
    default:
      return undefined;
  }
}
