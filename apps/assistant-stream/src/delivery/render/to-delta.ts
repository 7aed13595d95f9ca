// An event of the log for subscribers of the delta format: as it was written, with its place in front. No
// parsing and no serialising: this is the path that every token takes.
import type { LogEntry } from '#event-log';

/** @param channelJson the channel's name as JSON, made once per channel */
export const toDelta = (entry: LogEntry, channelJson: string): string =>
  `{"channel":${channelJson},"epoch":"${entry.epoch}","offset":${entry.offset},${entry.json.slice(1)}`;
