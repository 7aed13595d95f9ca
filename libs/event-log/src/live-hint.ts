// The message that tells delivery of new events without a read. Only a hint: it may be lost or late, the
// log is the truth. One message carries the events of many channels, one line each.

export interface LiveHint {
  chk: string;
  epoch: string;
  offset: number;
  /** The event's JSON, not parsed: most processes have no subscriber for it. */
  json: string;
}

/** Calls `take` for each line whose channel `wanted` knows; the other lines cost one look-up. */
export function readHints(
  message: string,
  wanted: (chk: string) => boolean,
  take: (hint: LiveHint) => void,
): void {
  let start = 0;
  while (start < message.length) {
    let end = message.indexOf('\n', start);
    if (end === -1) end = message.length;
    const space = message.indexOf(' ', start);
    const chk = message.slice(start, space);
    if (wanted(chk)) {
      const second = message.indexOf(' ', space + 1);
      const third = message.indexOf(' ', second + 1);
      take({
        chk,
        epoch: message.slice(space + 1, second),
        offset: Number(message.slice(second + 1, third)),
        json: message.slice(third + 1, end),
      });
    }
    start = end + 1;
  }
}
