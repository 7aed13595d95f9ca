// A body that does not come to its end, on a real connection: one that is bounded, and one whose route has said that it takes its time.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fastify as createServer, type FastifyInstance } from 'fastify';
import { boundBodies, takeYourTime } from './body-deadline.js';

let server: FastifyInstance;
let port: number;
const BOUND_MS = 150;

beforeAll(async () => {
  server = createServer();
  boundBodies(server, BOUND_MS);
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.url === '/long') takeYourTime(request.raw);
    done();
  });
  for (const path of ['/short', '/long']) server.post(path, (request) => request.body);
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as { port: number }).port;
});
afterAll(() => server.close());

/** Sends half a body, and the rest when `resumed` says so. @returns all that is answered */
function send(path: string, resumed: Promise<void>): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('close', () => resolve(answer));
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n`,
    );
    socket.write('content-length: 8\r\n\r\n{"a"');
    void resumed.then(() => socket.write(': 1}'));
  });
}

test('a body that stays away is answered like any late request', async () => {
  expect(await send('/short', new Promise(() => undefined))).toMatch(/^HTTP\/1\.1 408 /);
});

test('a route that takes its time gets the body after the bound', async () => {
  const late = send('/short', new Promise(() => undefined)).then(() => undefined);
  expect(await send('/long', late)).toMatch(/^HTTP\/1\.1 200 [^]*\{"a":1\}/);
});
