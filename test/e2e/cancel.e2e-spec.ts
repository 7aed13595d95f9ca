// A message is called back: while it runs, while it waits, and too late.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem();
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const submit = async (channel: string, message_id: string, message: string): Promise<string> => {
  const { body } = await parley.rest('POST', `/channels/${channel}/messages`, { message, message_id });
  return body['run_id'] as string;
};

test('a running one: an error frame ends it, the provider is left alone, the next one is answered', async () => {
  const watcher = await parley.subscribe('running');
  const run = await submit('running', 'm-1', '[[tokens 500]] [[rate 20]]');
  await watcher.next(({ status }) => status === 'in_progress');
  const asked = await parley.rest('POST', `/runs/${run}/cancel`);
  expect(asked).toMatchObject({ status: 202, body: { outcome: 'requested' } });
  expect((await watcher.answer('m-1')).at(-1)).toMatchObject({
    status: 'error',
    type: 'error',
    error_details: expect.stringContaining('run_cancelled'),
  });
  expect(await parley.rest('GET', `/runs/${run}`)).toMatchObject({
    body: { status: 'cancelled', result: { error: { code: 'run_cancelled' } } },
  });
  await submit('running', 'm-2', 'hello');
  expect((await watcher.answer('m-2')).at(-1)).toMatchObject({ status: 'completed' });
  const [first] = await parley.journal();
  expect(first).toMatchObject({ outcome: 'client_aborted' });
});

test('a waiting one ends at once and is never asked', async () => {
  const watcher = await parley.subscribe('waiting');
  const head = await submit('waiting', 'm-1', '[[tokens 500]] [[rate 20]]');
  const tail = await submit('waiting', 'm-2', 'never asked');
  await watcher.next(({ status }) => status === 'started');
  expect(await parley.rest('POST', `/runs/${tail}/cancel`)).toMatchObject({ status: 200 });
  await watcher.next(({ message_id, final_message }) => message_id === 'm-2' && final_message === true);
  await parley.rest('POST', `/runs/${head}/cancel`);
  await watcher.answer('m-1');
  expect(JSON.stringify(await parley.journal())).not.toContain('never asked');
});

test('too late: 409 with the result; unknown: 404', async () => {
  const watcher = await parley.subscribe('late');
  const run = await submit('late', 'm-1', 'hello');
  await watcher.answer('m-1');
  expect(await parley.rest('POST', `/runs/${run}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'already_finished', result: { text: 'You said: hello' } },
  });
  const nobody = '00000000-0000-4000-8000-000000000000';
  expect(await parley.rest('POST', `/runs/${nobody}/cancel`)).toMatchObject({ status: 404 });
});

test('over the WebSocket, by channel and message id', async () => {
  const watcher = await parley.subscribe('socket');
  await submit('socket', 'm-1', '[[tokens 500]] [[rate 20]]');
  await watcher.next(({ status }) => status === 'in_progress');
  watcher.send({ action: 'cancel', channel: 'socket', message_id: 'm-1' });
  expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'error' });
});
