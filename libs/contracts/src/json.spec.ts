import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseJson, type JsonLimits } from './json.js';

const LIMITS: JsonLimits = { bytes: 1_000, depth: 3, members: 4, items: 4 };
const parse = (text: string, limits = LIMITS): unknown => parseJson(Buffer.from(text), limits);

test.each([
  ['quotes and braces in strings', String.raw`{"a\"{[":"}]\\","b":["\\\"{"]}`],
  ['the limits', '{"a":[[1,2]],"b":3,"c":4,"d":5}'],
  ['a name like the forbidden one', '{"__proto":1}'],
  ['the forbidden name as a value', '["__proto__"]'],
])('reads %s', (_, text) => expect(parse(text)).toEqual(JSON.parse(text)));

test.each([
  ['too_large', `"${'x'.repeat(1_000)}"`],
  ['too_complex', '[[[[1]]]]'],
  ['too_complex', '{"a":1,"b":1,"c":1,"d":1,"e":1}'],
  ['too_complex', '[1,1,1,1,1]'],
  ['too_complex', '{"a":[1,1,1],"b":[[1,1,1]]}'],
  ['invalid_request', '{"a":1,"a":1}'],
  ['invalid_request', String.raw`[{"b":{"a":1,"\u0061":2}}]`],
  ['invalid_json', '{"a":"\\'],
  ['invalid_json', '"a'],
  ['invalid_json', ''],
  ['invalid_request', '{"__proto__":null}'],
  ['invalid_request', String.raw`{"__pr\u006fto__":{}}`],
  ['invalid_request', '[{"a":[{"__proto__":1}]}]'.slice(1, -1)],
])('answers %s to %s', (code, text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
});

test('bytes that are not UTF-8 are refused', () => {
  expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(
    expect.objectContaining({ code: 'invalid_encoding' }),
  );
});

test('reads what any JSON says, and counts nothing inside strings', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', '{', '[', ':', ',', 'a') });
  const limits = { bytes: 100_000, depth: 1, members: 8, items: 8 };
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
      expect(parse(JSON.stringify(texts), limits)).toEqual(texts);
    }),
  );
});
