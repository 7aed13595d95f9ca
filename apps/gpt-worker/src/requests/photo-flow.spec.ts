// The flow of photographs: what it asks, what it gives back, what it refuses.
import { expect, it } from '@jest/globals';
import type { RunCompleted } from '#contracts';
import type { KafkaRecord } from '#messaging';
import { toGptResponse } from '../responses/to-gpt-response.js';
import { photoFlow } from './photo-flow.js';
import { readRequest } from './read-request.js';

const FLOW = photoFlow('photo-analysis-response');
const GIF = 'R0lGODlhAQABAAAAACw=';
const photo = (value: object): KafkaRecord => ({
  topic: 'eater-send-photo',
  partition: 0,
  offset: 1n,
  timestamp: 1n,
  key: Buffer.from('p-1'),
  value: Buffer.from(JSON.stringify({ key: 'p-1', value })),
  signal: new AbortController().signal,
});
const ids = { user_email: 'a@b.c', image_id: 42, timestamp: '2026-01-01T00:00:00Z', date: '2026-01-01' };

it('asks for an analysis of the photograph, and gives the ids back with it', () => {
  const read = readRequest(photo({ prompt: 'What do I eat?', photo: GIF, ...ids }), FLOW);
  expect(read).toMatchObject({
    command: {
      channel: 'photo:p-1',
      message: 'What do I eat?',
      user: 'a@b.c',
      request: { images: [`data:image/gif;base64,${GIF}`] },
      reply: { kind: 'kafka', topic: 'photo-analysis-response', key: 'p-1', echo: ids },
    },
  });
  const { reply } = (read as { command: { reply: Parameters<typeof toGptResponse>[0] } }).command;
  const end = { type: 'run.completed', text: 'An apple.', at: 0, model: 'm' } as RunCompleted;
  const { key, value } = JSON.parse(String(toGptResponse(reply, end).value)) as Record<string, object>;
  expect(key).toBe('p-1');
  expect(value).toMatchObject({ analysis: 'An apple.', finish_reason: 'stop', ...ids });
});

it.each([
  ['no prompt', { photo: GIF }],
  ['no photograph', { prompt: 'x' }],
  ['an address', { prompt: 'x', photo: 'https://example.com/x.png' }],
])('answers %s with an error under the same ids', (_, value) => {
  const read = readRequest(photo({ ...value, ...ids }), FLOW);
  expect(read).toMatchObject({ refused: { code: 'invalid_request' }, reply: { key: 'p-1', echo: ids } });
});

it('gives back no member of any length or shape', () => {
  const read = readRequest(
    photo({ prompt: 'x', photo: GIF, image_id: { a: 1 }, date: 'x'.repeat(999) }),
    FLOW,
  );
  expect(read).toMatchObject({ command: { reply: { echo: {} } } });
});
