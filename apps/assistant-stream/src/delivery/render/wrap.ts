// The three dresses of an answer: bare for browsers of the documented protocol, enveloped for those that
// subscribed in the enveloped form, SSE. Bytes are made once and sent to every subscriber of the same dress.

export type Wrap = 'bare' | 'enveloped' | 'sse';

/**
 * @param json one line of JSON
 * @param name the SSE event's name
 * @param id the SSE id `epoch:offset`, from which the client resumes; absent on what is not an event of the log
 */
export function wrap(json: string, dress: Wrap, channel: string, name: string, id?: string): Buffer {
  switch (dress) {
    case 'bare':
      return Buffer.from(json);
    case 'enveloped':
      return Buffer.from(`{"channel":${JSON.stringify(channel)},"payload":${json}}`);
    case 'sse':
      return Buffer.from(`${id ? `id: ${id}\n` : ''}event: ${name}\ndata: ${json}\n\n`);
    default:
      return dress satisfies never;
  }
}
