import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AccessConfig, loadConfigs, ServerConfig } from '#config';
import { AnswerSignature } from './answer-signature.js';

const STRONG = 'c3VjaCBhIHNlY3JldCBpcyBhIHNlY3JldCBpbmRlZWQ';
const record = { topic: 'gpt-response', key: Buffer.from('k'), value: Buffer.from('{"a":1}') };

function make(env: Record<string, string>): AnswerSignature {
  const [access, server] = loadConfigs([AccessConfig, ServerConfig], env) as [AccessConfig, ServerConfig];
  return new AnswerSignature(access, server);
}

describe('the signature of an answer', () => {
  test('is what anybody with the secret computes from key and value', () => {
    const signed = make({ SECRET_KEY: STRONG }).sign(record);
    const expected = createHmac('sha256', STRONG).update('parley-answer\nk\n{"a":1}').digest('hex');
    expect(signed).toEqual({ ...record, headers: { 'x-parley-signature': `sha256=${expected}` } });
  });

  test('is absent without a secret, which development need not have', () => {
    expect(make({}).sign(record)).toEqual(record);
  });

  test('goes by SECRET_KEY before JWT_SECRET', () => {
    const both = make({ SECRET_KEY: STRONG, JWT_SECRET: 'other' }).sign(record);
    expect(both).toEqual(make({ SECRET_KEY: STRONG }).sign(record));
    expect(make({ JWT_SECRET: 'other' }).sign(record)).not.toEqual(both);
  });

  test.each([
    [{}, 'SECRET_KEY is not set'],
    [{ SECRET_KEY: 'hunter2' }, 'SECRET_KEY is shorter'],
    [{ SECRET_KEY: 'your-secret-key-goes-here-and-is-long-enough' }, 'SECRET_KEY is a placeholder'],
    [{ JWT_SECRET: 'hunter2' }, 'JWT_SECRET is shorter'],
  ])('production does not start with %j, and does not repeat it', (env: Record<string, string>, why) => {
    const start = () => make({ ...env, NODE_ENV: 'production' });
    expect(start).toThrow(why);
    expect(start).not.toThrow('hunter2');
    expect(() => make({ SECRET_KEY: STRONG, NODE_ENV: 'production' })).not.toThrow();
  });
});
