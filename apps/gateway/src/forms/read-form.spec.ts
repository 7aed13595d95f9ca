// A form over HTTP: what of it is handed on, and what its end waits for.
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { readForm, type FormPart } from './read-form.js';

const LIMITS = { files: 2, fields: 3, fieldBytes: 16 };
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/**
 * Sends a form, its rest once a file of it is being taken, and says what became of its reading.
 * @param rest null = its sender leaves instead
 */
async function read(
  form: string,
  take: (part: FormPart) => Promise<void>,
  rest: string | null = '',
): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  server = createServer((request: IncomingMessage, response) => {
    const told = (part: FormPart): Promise<void> => {
      begun.resolve();
      return take(part);
    };
    void readForm({ type: request.headers['content-type']!, body: request }, LIMITS, told)
      .then(resolve, resolve)
      .finally(() => response.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const sending = httpRequest({
    port: (server.address() as AddressInfo).port,
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  });
  sending.on('error', () => undefined);
  sending.write(form);
  void begun.promise.then(() => (rest === null ? sending.destroy() : sending.end(rest)));
  if (rest === '') sending.end();
  return promise;
}
const field = (name: string, value: string): string =>
  `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, content: string): string =>
  `--b\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}\r\n`;
const END = '--b--\r\n';
const nothing = async (): Promise<void> => undefined;

test('files come one after the other with what stood before them; one that nobody reads is passed over', async () => {
  const seen: unknown[] = [];
  const form = field('a', '1') + field('a', '2') + file('x', 'x'.repeat(200_000)) + file('y', 'yes') + END;
  const fields = await read(form, async ({ fields, file: { field, name, body } }) => {
    if (name === 'x') return;
    seen.push([field, name, (await buffer(body)).toString(), [...fields]]);
  });
  expect(seen).toEqual([['file', 'y', 'yes', [['a', ['1', '2']]]]]);
  expect(fields).toEqual(new Map([['a', ['1', '2']]]));
});

test.each([
  ['whose sender leaves', null, 'run_cancelled'],
  ['that ends early', '\r\nhalf', 'invalid_request'],
  ['with too long a field', `\r\n${field('a', 'a'.repeat(17))}${END}`, 'invalid_request'],
  ['with too many fields', `\r\n${field('a', '').repeat(4)}${END}`, 'invalid_request'],
  ['with too many files', `\r\n${file('x', 'x').repeat(2)}${END}`, 'invalid_request'],
])('one %s fails when what was taken of it is gone', async (_, rest, code) => {
  let [left, gone] = [0, 0];
  const take = async ({ file, signal }: FormPart): Promise<void> => {
    left += 1;
    try {
      for await (const chunk of file.body) if (chunk.byteLength === 0) return;
      await sleep(50);
      signal.throwIfAborted();
    } finally {
      await sleep(50);
      left -= 1;
      gone += 1;
    }
  };
  expect(await read(file('x', 'x'.repeat(100_000)).slice(0, -2), take, rest)).toMatchObject({ code });
  expect({ left, gone: gone > 0 }).toEqual({ left: 0, gone: true });
});

test('what the taker of a file throws ends the form, and its next file is nobody’s', async () => {
  let files = 0;
  const take = async (): Promise<void> => {
    files += 1;
    throw new Error('not wanted');
  };
  expect(await read(file('x', 'x') + file('y', 'y') + END, take)).toEqual(new Error('not wanted'));
  expect(files).toBe(1);
});

test.each([
  ['no form', 'nothing'],
  ['no file', field('a', '1') + END],
])('%s is refused', async (_, form) => {
  expect(await read(form, nothing)).toMatchObject({ code: 'invalid_request' });
});
