import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '#contracts';
import type { KafkaRecord } from '#messaging';
import { gptFlow, readRequest as read } from './read-request.js';

const readRequest = (record: KafkaRecord) => read(record, gptFlow('gpt-response'));

const record = (value: unknown, key: string | Buffer | undefined = 'r-1'): KafkaRecord => ({
  topic: 'gpt-send',
  partition: 2,
  offset: 7n,
  timestamp: 1n,
  key: typeof key === 'string' ? Buffer.from(key) : key,
  value:
    value === undefined || Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  signal: new AbortController().signal,
});
const asked = (value: object): object => ({ key: 'r-1', value });

describe('readRequest', () => {
  it.each<[string, object, object]>([
    ['message', { message: 'hi' }, { message: 'hi', channel: 'gpt:r-1' }],
    ['question', { question: 'hi' }, { message: 'hi' }],
    ['message before question', { message: 'a', question: 'b' }, { message: 'a' }],
    ['a conversation', { message: 'hi', conversation_id: 'talk' }, { channel: 'talk' }],
    ['members that it does not know', { message: 'hi', think: true, send_topic: 1 }, { message: 'hi' }],
    [
      'what decides about the answer',
      { message: 'hi', temperature: 0.2, max_tokens: 5, model: 'ft:m:o::1', system_prompt: 'Be brief.' },
      { request: { temperature: 0.2, max_tokens: 5, model: 'ft:m:o::1', system_prompt: 'Be brief.' } },
    ],
    [
      'null for what is not meant',
      { message: 'hi', context: null, images: null, model: null },
      { request: {} },
    ],
    [
      'a text as context',
      { message: 'hi', context: 'before' },
      { request: { context: [{ role: 'user', content: 'before' }] } },
    ],
    [
      'a list as context',
      { message: 'hi', context: ['a', { role: 'assistant', content: 'b' }] },
      {
        request: {
          context: [
            { role: 'user', content: 'a' },
            { role: 'assistant', content: 'b' },
          ],
        },
      },
    ],
    [
      'JSON answers',
      { message: 'hi', response_format: 'json_object' },
      { request: { format: { type: 'json_object' } } },
    ],
    [
      'answers by a schema',
      {
        message: 'hi',
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
      },
      { request: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } } },
    ],
    [
      'a user, and tells them again',
      { message: 'hi', user_email: 'a@b.c' },
      {
        user: 'a@b.c',
        reply: { kind: 'kafka', topic: 'gpt-response', key: 'r-1', echo: { user_email: 'a@b.c' } },
      },
    ],
    ['a word for a priority', { message: 'hi', priority: 'urgent' }, { priority: 10 }],
    ['no priority', { message: 'hi' }, { priority: 3 }],
    ['a deadline in seconds', { message: 'hi', deadline: 4e9 }, { deadline: 4e12 }],
    [
      'a deadline as a time',
      { message: 'hi', deadline: '2090-01-01T00:00:00+01:00' },
      { deadline: Date.UTC(2089, 11, 31, 23) },
    ],
    ['a wish for a fresh answer', { message: 'hi', cache: false }, { request: { no_cache: true } }],
  ])('takes %s', (_, value, command) => {
    expect(readRequest(record(asked(value)))).toMatchObject({
      command: {
        message_id: 'r-1',
        source: 'kafka',
        reply: { kind: 'kafka', topic: 'gpt-response', key: 'r-1' },
        ...command,
      },
    });
  });

  it.each<[string, KafkaRecord, string]>([
    ["the record's", record({ key: 'other', value: { message: 'hi' } }, 'Ünï'), 'Ünï'],
    [
      "else the envelope's",
      { ...record({ key: 'inner', value: { message: 'hi' } }), key: undefined },
      'inner',
    ],
    [
      'else one made of its place',
      { ...record({ value: { message: 'hi' } }), key: undefined },
      'gpt-send-2-7',
    ],
  ])('keys by %s', (_, input, key) => {
    expect(readRequest(input)).toMatchObject({ command: { message_id: key } });
  });

  it.each([
    ['r-1', 'gpt:r-1'],
    ['cafe\u0301', 'gpt:caf\u00e9'],
    ['a\n\u001b[2J\u202e', expect.stringMatching(/^gpt:[\w-]{22}$/)],
  ])('makes a channel of the key %j that every door can name', (key, channel) => {
    const input = record(asked({ message: 'hi' }), key);
    expect(readRequest(input)).toMatchObject({ command: { message_id: key, channel } });
  });

  it('takes a conversation in one spelling, and none that a door would refuse', () => {
    const talk = (conversation_id: string) => readRequest(record(asked({ message: 'hi', conversation_id })));
    expect(talk('cafe\u0301')).toMatchObject({ command: { channel: 'caf\u00e9' } });
    expect(talk('\u202etalk')).toMatchObject({ refused: { code: 'invalid_request' } });
  });

  it.each<[string, object]>([
    ['no prompt', {}],
    ['a blank prompt', { message: ' ' }],
    ['a prompt that is no text', { message: 7 }],
    ['an endless prompt', { message: 'x'.repeat(LIMITS.message_bytes + 1) }],
    ['a temperature out of range', { message: 'hi', temperature: 9 }],
    ['no tokens', { message: 'hi', max_tokens: 0 }],
    ['an empty conversation', { message: 'hi', conversation_id: '' }],
    ['a number as context', { message: 'hi', context: 7 }],
    ['a role that nobody has', { message: 'hi', context: [{ role: 'tool', content: 'x' }] }],
    ['a model that is no name', { message: 'hi', model: 'a b' }],
    [
      'a schema whose name is a list',
      {
        message: 'hi',
        response_format: { type: 'json_schema', json_schema: { name: ['n'], schema: { type: 'object' } } },
      },
    ],
    [
      'a schema whose name cannot become a text',
      {
        message: 'hi',
        response_format: { type: 'json_schema', json_schema: { name: { toString: 1 }, schema: {} } },
      },
    ],
    ['a day that no calendar has', { message: 'hi', deadline: '2090-02-30T00:00:00Z' }],
    ['an image that is no base64', { message: 'hi', images: ['%%%%'] }],
    ['an address in place of an image', { message: 'hi', images: ['http://169.254.169.254/'] }],
    ['five images', { message: 'hi', images: ['', '', '', '', ''] }],
    ['a format without a schema', { message: 'hi', response_format: { type: 'json_schema' } }],
    ['a priority out of range', { message: 'hi', priority: 11 }],
    ['a deadline that is no time', { message: 'hi', deadline: 'tomorrow' }],
    ['a user of more characters than an address has', { message: 'hi', user_email: 'a'.repeat(321) }],
    ['a user that is no text', { message: 'hi', user_email: { a: 1 } }],
  ])('answers %s with an error', (_, value) => {
    expect(readRequest(record(asked(value)))).toMatchObject({
      refused: { code: 'invalid_request' },
      reply: { kind: 'kafka', topic: 'gpt-response', key: 'r-1' },
    });
  });

  it.each<[string, object]>([
    ['depth 33', { message: 'hi', response_format: JSON.parse('['.repeat(40) + ']'.repeat(40)) }],
    ['ten thousand turns', { message: 'hi', context: Array.from({ length: 10_001 }, () => 'hi') }],
  ])('answers whoever sends %s under a key', (_, value) => {
    expect(readRequest(record(asked(value)))).toMatchObject({
      refused: { code: 'too_complex' },
      reply: { topic: 'gpt-response', key: 'r-1' },
    });
  });

  it.each<[string, KafkaRecord, string]>([
    ['a tombstone', record(undefined), 'invalid_request'],
    ['an empty value', record(''), 'invalid_request'],
    ['broken JSON', record('{"key"'), 'invalid_json'],
    ['a list', record([]), 'invalid_request'],
    ['no envelope', record({ message: 'hi' }), 'invalid_request'],
    ['a value that is no object', record({ key: 'r', value: 'hi' }), 'invalid_request'],
    [
      'a key that is not UTF-8',
      record(asked({ message: 'hi' }), Buffer.from([0xff, 0xfe])),
      'invalid_request',
    ],
    ['an endless key', record(asked({ message: 'hi' }), 'k'.repeat(600)), 'invalid_request'],
    ['more than 10 MiB', record(asked({ message: 'x'.repeat(10 * 1024 * 1024) })), 'too_large'],
    ['depth 33 of nobody', record(`{"value":${'['.repeat(40)}`, ''), 'too_complex'],
    [
      'depth 33 under an endless key',
      record(`{"value":${'['.repeat(40)}`, 'k'.repeat(600)),
      'invalid_request',
    ],
    ['a member twice', record('{"value":{"message":"a","message":"b"}}'), 'invalid_request'],
    ['a forbidden member', record('{"value":{"message":"a","__proto__":{}}}'), 'invalid_request'],
    ['bytes that are not UTF-8', record(Buffer.from([0x22, 0xff, 0x22])), 'invalid_encoding'],
  ])('finds poison in %s', (_, input, code) => {
    expect(readRequest(input)).toMatchObject({ poison: { code } });
  });
});
