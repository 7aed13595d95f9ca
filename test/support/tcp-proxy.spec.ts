import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  let client: Socket;
  const chunks: Buffer[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    proxy = await TcpProxy.start({ port: (echo.address() as AddressInfo).port });
    client = connect(proxy.port, '127.0.0.1');
    chunks.length = 0;
    client.on('data', (chunk) => chunks.push(chunk));
    await once(client, 'connect');
  });

  afterEach(async () => {
    client.destroy();
    await proxy.stop();
    await new Promise((resolve) => echo.close(resolve));
  });

  const echoed = async (text: string) => {
    client.write(text);
    const wanted = text.length;
    while (Buffer.concat(chunks).length < wanted) await once(client, 'data');
    return Buffer.concat(chunks).toString();
  };

  it('passes bytes both ways unchanged, large ones too', async () => {
    const big = 'abcdefgh'.repeat(100_000);
    expect(await echoed(big)).toBe(big);
    expect(proxy.connections).toBe(1);
  });

  it('delays each direction by the latency', async () => {
    proxy.latencyMs = 40;
    const started = performance.now();
    await echoed('late');
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
  });

  it('slices bytes without losing or reordering any', async () => {
    proxy.sliceBytes = 3;
    const text = Array.from({ length: 500 }, (_, index) => `${index},`).join('');
    expect(await echoed(text)).toBe(text);
  });

  it('cuts with a reset', async () => {
    await echoed('hello');
    const failed = once(client, 'error');
    proxy.cut();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.connections).toBe(0);
  });

  it('resets new connections while refusing', async () => {
    proxy.refusing = true;
    const refused = connect(proxy.port, '127.0.0.1');
    expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('holds every byte in a black hole and lets them pass after healing', async () => {
    await echoed('a');
    proxy.blackhole();
    client.write('b');
    const first = await Promise.race([
      once(client, 'data').then(() => 'data'),
      new Promise((resolve) => setTimeout(() => resolve('silence'), 60)),
    ]);
    expect(first).toBe('silence');
    const healed = once(client, 'data');
    proxy.heal();
    await healed;
    expect(Buffer.concat(chunks).toString()).toBe('ab');
  });

  it('leaves the client open and unanswered when half-open', async () => {
    await echoed('a');
    proxy.halfOpen();
    client.write('b');
    const first = await Promise.race([
      once(client, 'data').then(() => 'data'),
      once(client, 'close').then(() => 'close'),
      new Promise((resolve) => setTimeout(() => resolve('silence'), 60)),
    ]);
    expect(first).toBe('silence');
    expect(client.destroyed).toBe(false);
  });

  it('takes the client down when the service closes', async () => {
    const closed = once(client, 'close');
    client.end();
    await closed;
    expect(proxy.connections).toBe(0);
  });
});
