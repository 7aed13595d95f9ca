import { expect, test } from '@jest/globals';
import { etag, ifMatch } from './if-match.js';

test.each([
  [undefined, undefined],
  ['*', undefined],
  [etag(3), 3],
  ['W/"12"', 12],
])('If-Match %s means version %s', (header, version) => {
  expect(ifMatch(header)).toBe(version);
});

test.each(['', '3', '"x"', '"1", "2"', '"-1"'])('If-Match %j is refused', (header) => {
  expect(() => ifMatch(header)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
