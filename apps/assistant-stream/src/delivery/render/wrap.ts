// The three dresses of an answer: bare for browsers of the documented protocol, enveloped for those that
// subscribed in the enveloped form, SSE. Bytes are made once and sent to every subscriber of the same dress.

export type Wrap = 'bare' | 'enveloped' | 'sse';

export interface Place {
  epoch: string;
  offset: number;
}

/**
 * @param json one line of JSON
 * @param name the SSE event's name
 * @param place the SSE id, from which the client resumes; absent on what is not an event of the log
 */
export function wrap(json: string, dress: Wrap, channel: string, name: string, place?: Place): Buffer {
  switch (dress) {
    case 'bare':
      return Buffer.from(json);
    case 'enveloped':
      return Buffer.from(`{"channel":${JSON.stringify(channel)},"payload":${json}}`);
    case 'sse':
      return Buffer.from(
        `${place ? `id: ${place.epoch}:${place.offset}\n` : ''}event: ${name}\ndata: ${json}\n\n`,
      );
    default:
      return dress satisfies never;
  }
}
