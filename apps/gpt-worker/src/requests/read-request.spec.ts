import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '#contracts';
import type { KafkaRecord } from '#messaging';
import { readRequest } from './read-request.js';

const record = (value: unknown, key: string | Buffer | undefined = 'r-1'): KafkaRecord => ({
  topic: 'gpt-send',
  partition: 2,
  offset: 7n,
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
      'members of later work',
      { message: 'hi', temperature: 0.2, max_tokens: 5, model: 'm' },
      { message: 'hi' },
    ],
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

  it.each<[string, object]>([
    ['no prompt', {}],
    ['a blank prompt', { message: ' ' }],
    ['a prompt that is no text', { message: 7 }],
    ['an endless prompt', { message: 'x'.repeat(LIMITS.message_bytes + 1) }],
    ['a temperature out of range', { message: 'hi', temperature: 9 }],
    ['no tokens', { message: 'hi', max_tokens: 0 }],
    ['an empty conversation', { message: 'hi', conversation_id: '' }],
  ])('answers %s with an error', (_, value) => {
    expect(readRequest(record(asked(value)))).toMatchObject({
      refused: { code: 'invalid_request' },
      key: 'r-1',
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
    ['bytes that are not UTF-8', record(Buffer.from([0x22, 0xff, 0x22])), 'invalid_encoding'],
  ])('finds poison in %s', (_, input, code) => {
    expect(readRequest(input)).toMatchObject({ poison: { code } });
  });
});
