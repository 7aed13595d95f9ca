import { expect, it } from '@jest/globals';
import { LIMITS } from './limits.js';
import { userKey, userName } from './user.js';

it('is one name for all spellings of an address', () => {
  expect(userName(' Ada@Example.COM ')).toBe('ada@example.com');
  expect(userName(undefined)).toBe('');
});

it('tells apart the longest names that doors take', () => {
  const [one, other] = ['a', 'b'].map((end) => userName('x'.repeat(LIMITS.user_chars - 1) + end));
  expect(userKey('t', one!)).not.toBe(userKey('t', other!));
  expect(userName('x'.repeat(LIMITS.user_chars + 1))).toBe('x'.repeat(LIMITS.user_chars));
});
