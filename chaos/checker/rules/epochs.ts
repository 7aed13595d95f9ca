// I10: a place is `epoch:offset`, and whoever looks at it sees the same event. An offset that was given out twice
// after a loss of data must come with another epoch.
import { only, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkEpochs({ history, logs }: View): Violation[] {
  const found: Violation[] = [];
  const places = new Map<string, string>();
  const look = (channel: string, epoch: string, offset: number, event: object): void => {
    const place = JSON.stringify([channel, epoch, offset]);
    const seen = JSON.stringify(event);
    const known = places.get(place);
    if (known === undefined) places.set(place, seen);
    else if (known !== seen)
      found.push({
        invariant: 'I10',
        channel,
        text: `${epoch}:${offset} was seen with two different events`,
      });
  };
  for (const { channel, epoch, events } of logs.values())
    for (const { offset, event } of events) look(channel, epoch, offset, event);
  for (const { channel, epoch, offset, event } of only(history.operations, 'event'))
    look(channel, epoch, offset, event);
  return found;
}
