// Uploads as they come over the wire: what the journal shows of them, how large they may be, and what can go wrong on the way.

import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startEmulator, type RunningEmulator, type UploadSummary } from '../index.js';

const BOUNDARY = 'the-boundary';
const PART = `--${BOUNDARY}\r\ncontent-disposition: form-data; name=`;
const FILE = `${PART}"purpose"\r\n\r\nassistants\r\n${PART}"file"; filename="a/b.txt"\r\n\r\n`;
let emulator: RunningEmulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

function* form(purpose: string, megabytes: number, purposeFirst: boolean): Generator<Buffer> {
  const field = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n${purpose}\r\n`;
  if (purposeFirst) yield Buffer.from(field);
  yield Buffer.from(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="x.vcon.json"\r\ncontent-type: application/json\r\n\r\n`,
  );
  for (let i = 0; i < megabytes; i++) yield Buffer.alloc(1 << 20, i);
  yield Buffer.from('\r\n');
  if (!purposeFirst) yield Buffer.from(field);
  yield Buffer.from(`--${BOUNDARY}--\r\n`);
}

const digestOf = (megabytes: number): string => {
  const digest = createHash('sha256');
  for (let i = 0; i < megabytes; i++) digest.update(Buffer.alloc(1 << 20, i));
  return digest.digest('hex');
};

function post(purpose: string, megabytes: number, purposeFirst = true, headers: Record<string, string> = {}) {
  return fetch(`${emulator.url}/v1/files`, {
    method: 'POST',
    body: ReadableStream.from(form(purpose, megabytes, purposeFirst)),
    duplex: 'half',
    headers: {
      authorization: 'Bearer sk-test',
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...headers,
    },
  } as RequestInit);
}

const entry = () => emulator.control.journal({ path: '/v1/files' }).at(-1)!;
const summary = () => (entry().body as { file: UploadSummary }).file;

describe('an upload', () => {
  test('is in the journal by its fields, headers, size and digest, not by its bytes', async () => {
    const file = (await (await post('assistants', 2)).json()) as { id: string };
    expect(entry()).toMatchObject({
      body: {
        purpose: 'assistants',
        file: {
          field: 'file',
          filename: 'x.vcon.json',
          type: 'application/json',
          bytes: 2 << 20,
          sha256: digestOf(2),
        },
      },
      status: 200,
    });
    const content = await fetch(`${emulator.url}/_emulator/files/${file.id}/content`);
    expect((await content.arrayBuffer()).byteLength).toBe(2 << 20);
    expect(emulator.control.objects()).toMatchObject({ files: [{ id: file.id }], vector_stores: [] });
  });

  test.each([true, false])(
    'past what fits into memory is kept where it can be downloaded, purpose first: %p',
    async (purposeFirst) => {
      const { id, bytes } = (await (await post('batch', 40, purposeFirst)).json()) as {
        id: string;
        bytes: number;
      };
      expect(bytes).toBe(40 << 20);
      const headers = { authorization: 'Bearer sk-test' };
      // Twice: the one reading takes nothing from the other.
      for (let i = 0; i < 2; i++) {
        const content = await (
          await fetch(`${emulator.url}/v1/files/${id}/content`, { headers })
        ).arrayBuffer();
        expect(createHash('sha256').update(Buffer.from(content)).digest('hex')).toBe(digestOf(40));
      }
      const other = (await (await post('assistants', 40, purposeFirst)).json()) as { id: string };
      expect(summary()).toMatchObject({ bytes: 40 << 20, sha256: digestOf(40) });
      expect((await fetch(`${emulator.url}/_emulator/files/${other.id}/content`)).status).toBe(410);
    },
  );

  test('is seen while it comes, and its connection is cut, or held, or answered in its midst', async () => {
    const rule = (directive: string) =>
      emulator.control.addRule({ match: { path: '/v1/files', method: 'POST' }, directive, times: 1 });
    rule('upload cut 3145728');
    await expect(post('assistants', 8)).rejects.toThrow();
    expect(entry()).toMatchObject({ outcome: 'cut', fault: 'upload cut 3145728' });
    expect(summary().sha256).toBeUndefined();
    rule('upload fail 1048576 429 retry-after=1');
    const refused = await post('assistants', 8);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    rule('upload hang 1048576 ms=30');
    expect((await post('assistants', 2)).status).toBe(200);
    const slow = await post('assistants', 1, true, { 'x-emulator-fault': 'upload rate 50000000' });
    expect(slow.status).toBe(200);
    expect(emulator.control.objects().files.length).toBe(2);
  });

  test('stalls, and nothing is left when the client gives up', async () => {
    emulator.control.addRule({
      match: { path: '/v1/files' },
      directive: 'upload hang 1048576 ms=300',
      times: 1,
    });
    const stop = new AbortController();
    const asked = fetch(`${emulator.url}/v1/files`, {
      method: 'POST',
      body: ReadableStream.from(form('assistants', 64, true)),
      duplex: 'half',
      signal: stop.signal,
      headers: { authorization: 'Bearer k', 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    } as RequestInit);
    while (emulator.control.journal().length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(entry().outcome).toBe('running');
    stop.abort();
    await expect(asked).rejects.toThrow();
    while (entry().outcome === 'running') await new Promise((resolve) => setTimeout(resolve, 2));
    expect(entry().outcome).toBe('client_aborted');
    expect(emulator.control.objects().files).toEqual([]);
  });

  test.each<[string, string, number]>([
    [
      'fields with names of an object’s own',
      `${PART}"__proto__[]"\r\n\r\nx\r\n${FILE}hello\r\n--${BOUNDARY}--\r\n`,
      200,
    ],
    ['an end in the middle of the file', `${FILE}hello`, 400],
    ['no file', `${PART}"purpose"\r\n\r\nassistants\r\n--${BOUNDARY}--\r\n`, 400],
    ['nothing', '', 400],
  ])('with %s does no harm', async (_, body, status) => {
    const headers = {
      authorization: 'Bearer k',
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    };
    expect((await fetch(`${emulator.url}/v1/files`, { method: 'POST', body, headers })).status).toBe(status);
    expect((await fetch(`${emulator.url}/_emulator/health`)).status).toBe(200);
  });

  test('tells by which connection it came', async () => {
    const { port } = new URL(emulator.url);
    const ask = (agent: Agent) =>
      new Promise((resolve, reject) => {
        get({ port, path: '/v1/models', agent }, (answer) => answer.resume().once('end', resolve)).once(
          'error',
          reject,
        );
      });
    const kept = new Agent({ keepAlive: true });
    for (const agent of [kept, kept, new Agent(), new Agent()]) await ask(agent);
    kept.destroy();
    const [first, again, ...others] = emulator.control.journal().map(({ connection }) => connection);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
  });
});
