// A message that is sent twice is answered once, whichever door the repeat comes by.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem();
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

test('published three times: one run, one final frame, one request to the provider', async () => {
  const watcher = await parley.subscribe('twice');
  for (let i = 0; i < 3; i++) await parley.publish('twice', 'm-1', 'only once [[tokens 30]]');
  await watcher.answer('m-1');
  await parley.publish('twice', 'm-1', 'only once [[tokens 30]]');
  await parley.publish('twice', 'm-2', 'after it');
  await watcher.answer('m-2');
  const finals = watcher.frames.filter(({ final_message }) => final_message === true);
  expect(finals.map(({ message_id }) => message_id)).toEqual(['m-1', 'm-2']);
  const asked = (await parley.journal()).filter(({ body }) =>
    JSON.stringify(body?.['input']).includes('only once'),
  );
  // The second request carries the first message as context.
  expect(asked).toHaveLength(2);
});

test('a repeat with reply_to gets the stored result', async () => {
  const inbox = await parley.rabbit.replies();
  const body = { channel: 'replied', message_id: 'm-1', message: 'hello' };
  for (const correlationId of ['first', 'second']) {
    await parley.rabbit.publish(body, { replyTo: inbox.queue, correlationId });
    const reply = await inbox.next();
    expect(reply.properties.correlationId).toBe(correlationId);
    expect(reply.body).toMatchObject({ status: 'completed', message: 'You said: hello', message_id: 'm-1' });
  }
});

test('a repeat of a REST message that still runs gets its reply over RabbitMQ when it ends', async () => {
  const message = 'slowly [[tokens 40]] [[rate 40]]';
  const inbox = await parley.rabbit.replies();
  const watcher = await parley.subscribe('two-doors');
  const id = { 'idempotency-key': '"m-1"' };
  const first = await parley.rest('POST', '/channels/two-doors/messages', { message }, id);
  await watcher.until(({ status }) => status === 'in_progress');
  for (const correlationId of ['one', 'two', 'one'])
    await parley.rabbit.publish(
      { channel: 'two-doors', message_id: 'm-1', message },
      { replyTo: inbox.queue, correlationId },
    );
  const replies = [await inbox.next(), await inbox.next()];
  expect(replies.map(({ properties }) => properties.correlationId as string)).toEqual(['one', 'two']);
  for (const { body, properties } of replies) {
    expect(properties.messageId).toBe(first.body['run_id']);
    expect(body).toMatchObject({ status: 'completed', message_id: 'm-1', final_message: true });
  }
});

test('the same id with another body is a conflict: the failed queue has it, the first run stands', async () => {
  const watcher = await parley.subscribe('conflict');
  await parley.publish('conflict', 'm-1', 'the one');
  await watcher.answer('m-1');
  await parley.publish('conflict', 'm-1', 'the other');
  const failed = await parley.rabbit.failed();
  expect(failed.body).toMatchObject({ message: 'the other' });
  expect(JSON.stringify(failed.properties.headers)).toContain('message_id_conflict');
});

test('over REST: the same run and its result; another body is 409', async () => {
  const path = '/channels/rest-twice/messages';
  const key = { 'idempotency-key': '"order-7"' };
  const watcher = await parley.subscribe('rest-twice');
  const first = await parley.rest('POST', path, { message: 'hello' }, key);
  expect(first).toMatchObject({ status: 202, body: { message_id: 'order-7', duplicate: false } });
  await watcher.answer('order-7');
  const second = await parley.rest('POST', path, { message: 'hello' }, key);
  expect(second).toMatchObject({
    status: 202,
    body: {
      run_id: first.body['run_id'],
      duplicate: true,
      status: 'completed',
      result: { text: 'You said: hello' },
    },
  });
  const other = await parley.rest('POST', path, { message: 'goodbye' }, key);
  expect(other).toMatchObject({ status: 409, body: { code: 'message_id_conflict' } });
});
