// The port as a client sees it when it fails, and that it comes back.

import { Agent, request } from 'node:http';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { startEmulator, type RunningEmulator } from '../index.js';

let emulator: RunningEmulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

/** Status, or the code of the connection's error. */
function ask(agent = new Agent()): Promise<unknown> {
  const { port } = new URL(emulator.url);
  return new Promise((resolve) => {
    request({ port, path: '/_emulator/health', agent }, (answer) =>
      answer.resume().once('end', () => resolve(answer.statusCode)),
    )
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .end();
  });
}

test('refuses connections for a while, idle ones too, and takes them again', async () => {
  const kept = new Agent({ keepAlive: true });
  expect(await ask(kept)).toBe(200);
  emulator.control.refuseConnections(60_000);
  expect(await ask()).toBe('ECONNREFUSED');
  expect(['ECONNREFUSED', 'ECONNRESET']).toContain(await ask(kept));
  emulator.control.reset();
  expect(await ask()).toBe(200);
  emulator.control.refuseConnections(20);
  while ((await ask()) !== 200);
  kept.destroy();
});

test('resets as many connections as asked', async () => {
  emulator.control.resetConnections(2);
  expect([await ask(), await ask(), await ask()]).toEqual(['ECONNRESET', 'ECONNRESET', 200]);
});

test('does both over HTTP', async () => {
  const body = JSON.stringify({ reset_next: 1 });
  await (await fetch(`${emulator.url}/_emulator/connections`, { method: 'POST', body })).text();
  expect(await ask()).toBe('ECONNRESET');
  expect(await ask()).toBe(200);
  const bad = await fetch(`${emulator.url}/_emulator/connections`, {
    method: 'POST',
    body: '{"refuse_ms":-1}',
  });
  expect(bad.status).toBe(400);
});
