// The cheapest known way to read the provider's stream: undici.request, lines by hand, JSON.parse. No clock, no limits,
// no sequence check, no retry.
import { Agent, request } from 'undici';

const dispatcher = new Agent({ connections: 2_048, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

/** Calls `delta` for every piece of text; resolves at the end. */
export async function readUpstream(message: string, delta: (text: string) => void): Promise<void> {
  const { body } = await request(`${process.env['UPSTREAM']}/v1/responses`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({
      model: 'emu-floor',
      input: [{ role: 'user', content: message }],
      stream: true,
      store: false,
      stream_options: { include_obfuscation: false },
    }),
  });
  let rest = '';
  body.setEncoding('utf8');
  body.on('data', (chunk: string) => {
    rest += chunk;
    let start = 0;
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n', start)) {
      const data = rest.slice(rest.indexOf('data: ', start) + 6, end);
      start = end + 2;
      const event = JSON.parse(data) as { type: string; delta: string };
      if (event.type === 'response.output_text.delta') delta(event.delta);
    }
    rest = rest.slice(start);
  });
  await new Promise((resolve, reject) => body.once('end', resolve).once('error', reject));
}

/** Events shaped and sized as Parley's, so that both write and send the same bytes. */
export class FloorRun {
  private text = '';
  private all = '';
  private readonly head: string;

  constructor(readonly channel: string) {
    const ids = { run_id: `run_${channel}`.slice(0, 26), message_id: `m-${channel}`, attempt: 1 };
    this.head = `{"type":"output_text.delta",${JSON.stringify(ids).slice(1, -1)}`;
  }

  add(text: string): void {
    this.text += text;
    this.all += text;
  }

  /** The text that has come since the last call as one event, if any. */
  take(): string | undefined {
    if (this.text === '') return undefined;
    const json = `${this.head},"delta":${JSON.stringify(this.text)}}`;
    this.text = '';
    return json;
  }

  end(): string {
    return `{"type":"run.completed","text":${JSON.stringify(this.all)}}`;
  }
}
