// A provider that fails now and then, in front of a sound one: refuses, limits, breaks connections before or after it has done what was
// asked. The same seed draws the same faults.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';

export const UPSTREAM_FAULTS = ['500', '503', '429', 'cut before', 'cut after', 'cut within'] as const;
/** `hang after` is never drawn: whoever waits for an answer then waits for ever. */
export type UpstreamFault = (typeof UPSTREAM_FAULTS)[number] | 'hang after';

export class FaultyUpstream {
  /** Of the requests that came, how many were struck by what. */
  readonly struck = new Map<UpstreamFault, number>();
  requests = 0;
  /** Part of the requests that fail, 0 to 1. */
  rate = 0;
  /** Instead of drawing: strikes requests of this method and path. */
  always: { fault: UpstreamFault; method: string; path: string; times: number } | undefined;
  private readonly agent = new Agent();

  private constructor(
    private readonly target: string,
    private readonly random: () => number,
    private readonly server: Server,
  ) {}

  /** @param target without a path @param seed of the drawing */
  static async start(target: string, seed: number): Promise<FaultyUpstream> {
    const server = createServer();
    const upstream = new FaultyUpstream(target, randomOf(seed), server);
    server.on('request', (incoming, answer) => void upstream.serve(incoming, answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.agent.destroy();
  }

  private async serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    // A request that was read loses its socket.
    const { socket } = incoming;
    this.requests += 1;
    const fault = this.given(incoming) ?? this.draw();
    if (fault === 'cut before') return void socket.destroy();
    try {
      if (fault === '500' || fault === '503' || fault === '429') {
        incoming.resume();
        await new Promise((resolve) => incoming.on('end', resolve));
        answer.writeHead(Number(fault), {
          'content-type': 'application/json',
          ...(fault === '429' && { 'retry-after-ms': '50' }),
        });
        return void answer.end(
          JSON.stringify({ error: { message: 'drawn', type: 'server_error', code: null } }),
        );
      }
      const { connection: _connection, 'transfer-encoding': _chunked, ...asked } = incoming.headers;
      const got = await request(this.target + incoming.url, {
        dispatcher: this.agent,
        method: incoming.method as 'POST',
        headers: { ...asked, host: new URL(this.target).host },
        body: incoming.method === 'GET' || incoming.method === 'DELETE' ? null : incoming,
      });
      const body = Buffer.from(await got.body.arrayBuffer());
      if (fault === 'hang after') return;
      if (fault === 'cut after') return void socket.destroy();
      const { 'transfer-encoding': _coding, ...headers } = got.headers;
      answer.writeHead(got.statusCode, { ...headers, 'content-length': body.length });
      if (fault !== 'cut within') return void answer.end(body);
      answer.write(body.subarray(0, body.length / 2), () => socket.destroy());
    } catch {
      // Whoever asked has left, or the provider has: both see a broken connection.
      socket.destroy();
    }
  }

  private given({ method, url }: IncomingMessage): UpstreamFault | undefined {
    const { always } = this;
    if (always === undefined || always.times < 1 || always.method !== method || always.path !== url)
      return undefined;
    always.times -= 1;
    return always.fault;
  }

  private draw(): UpstreamFault | undefined {
    if (this.random() >= this.rate) return undefined;
    const fault = UPSTREAM_FAULTS[Math.floor(this.random() * UPSTREAM_FAULTS.length)]!;
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    return fault;
  }
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
