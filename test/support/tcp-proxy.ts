// A TCP proxy between a client and a service whose faults a test controls: latency, a cut, a black hole, a half-open
// peer, bytes in small slices. Knows sockets; does not know the protocol that runs through it.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where the proxy leads. */
export interface Upstream {
  readonly port: number;
  readonly host?: string;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  halfOpen: boolean;
}

/** Faults apply to the connections of now and of later, until {@link TcpProxy.heal}. */
export class TcpProxy {
  /** Added to each chunk in each direction, milliseconds; the order of bytes is kept. */
  latencyMs = 0;
  /** When positive, bytes leave in slices of this size, each in a write and turn of the event loop of its own. */
  sliceBytes = 0;
  /** New connections are reset at once. */
  refusing = false;
  private holding = false;
  private readonly pairs = new Set<Pair>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    private readonly target: Upstream,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  /** Listens on a free loopback port; `stop()` closes it. */
  static async start(upstream: Upstream): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, upstream);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** Resets (RST) every connection on both sides. */
  cut(): void {
    for (const pair of this.pairs) this.reset(pair);
  }

  /** Connections stay open and no byte passes; the bytes wait and pass after {@link heal}. */
  blackhole(): void {
    this.holding = true;
  }

  /** The upstream side is reset while clients are not told: their writes vanish, nothing ever answers. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      pair.halfOpen = true;
      pair.upstream.resetAndDestroy();
    }
  }

  /** Ends latency, slicing, refusal and the black hole. Half-open connections stay so: nobody can mend those. */
  heal(): void {
    this.latencyMs = 0;
    this.sliceBytes = 0;
    this.refusing = false;
    this.holding = false;
    for (const go of this.waiting) go();
    this.waiting.clear();
  }

  async stop(): Promise<void> {
    this.heal();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    if (this.refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({
      host: this.target.host ?? '127.0.0.1',
      port: this.target.port,
      allowHalfOpen: true,
    });
    const pair: Pair = { client, upstream, halfOpen: false };
    this.pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      // The close event follows and does the work; without a listener an ECONNRESET would end the process.
      socket.on('error', () => undefined);
    }
    client.on('close', () => this.reset(pair));
    upstream.on('close', () => {
      if (!pair.halfOpen) this.reset(pair);
    });
    void this.pump(pair, client, upstream);
    void this.pump(pair, upstream, client);
  }

  private reset(pair: Pair): void {
    this.pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.upstream.resetAndDestroy();
  }

  private async pump(pair: Pair, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        await this.pass(chunk as Buffer, to);
      }
      if (!pair.halfOpen) to.end();
    } catch {
      // The source was cut; its close handler takes the other side down.
    }
  }

  private async pass(chunk: Buffer, to: Socket): Promise<void> {
    if (this.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    for (let at = 0; at < chunk.length;) {
      if (this.holding) await new Promise<void>((resolve) => this.waiting.add(resolve));
      const size = this.sliceBytes > 0 ? this.sliceBytes : chunk.length;
      const flushed = to.destroyed || to.write(chunk.subarray(at, at + size));
      at += size;
      if (!flushed)
        await new Promise<void>((resolve) => to.once('drain', resolve).once('close', () => resolve()));
      else if (at < chunk.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
