import { expect, test } from '@jest/globals';
import { ChannelName, isChannelName, normalChannelName } from './channel-name.js';
import { validate } from './validate.js';

class Named {
  @ChannelName()
  channel!: string;
}

const composed = 'caf\u00e9';
const decomposed = 'cafe\u0301';

test.each(['x', '{s01}:x', '*', 'a b', '..', 'قناة', 'x'.repeat(512), '👩‍👩‍👧'])('takes %s', (channel) => {
  expect(validate(Named, { channel })).toEqual({ channel });
  expect(isChannelName(channel)).toBe(true);
});

test.each([
  '',
  'x'.repeat(513),
  'a\r\nSET x 1',
  'a\0b',
  'a\tb',
  '\u001b[31m',
  '\u009b31m',
  'a\u2028b',
  '\u202edemo',
  '\u2066demo\u2069',
  'demo\u200f',
  'a\ud800',
  7,
  null,
  ['x'],
  { toString: 'x' },
])('refuses %j', (channel) => {
  expect(() => validate(Named, { channel })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  expect(isChannelName(channel)).toBe(false);
});

test('two spellings are one name', () => {
  expect(composed).not.toBe(decomposed);
  expect(validate(Named, { channel: decomposed })).toEqual({ channel: composed });
  expect(normalChannelName(decomposed)).toBe(composed);
  expect(isChannelName(decomposed)).toBe(true);
});

test('what grows by being composed is measured afterwards', () => {
  // U+0958 is one unit that NFC takes apart.
  expect(isChannelName('\u0958'.repeat(512))).toBe(false);
  expect(isChannelName('\u0958'.repeat(256))).toBe(true);
});
