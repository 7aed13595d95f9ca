import { expect, test } from '@jest/globals';
import { IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { validate } from './validate.js';

class Base {
  @IsString()
  @MaxLength(5)
  name!: string;
}
class Holder {
  @IsObject()
  held!: object;
}
class Dto extends Base {
  @IsOptional()
  @IsString()
  note?: string;
}

test('keeps what the DTO and its base declare, and nothing else', () => {
  const dto = validate(Dto, { name: 'a', note: 'b', other: 1 });
  expect(dto).toBeInstanceOf(Dto);
  expect({ ...dto }).toEqual({ name: 'a', note: 'b' });
});

test('never looks at other members, so that thousands of them cost nothing', () => {
  const value = { name: 'a' };
  const get = (): never => {
    throw new Error('looked at');
  };
  Object.defineProperty(value, 'other', { enumerable: true, get });
  expect(validate(Dto, value).name).toBe('a');
  expect(() => validate(Dto, value, 'refuse')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('names faults by property and rule, without values or foreign names', () => {
  const value = { name: 'too long', secret: 1, hidden: 2 };
  expect(() => validate(Dto, value, 'refuse')).toThrow(
    expect.objectContaining({
      details: ['name must be shorter than or equal to 5 characters', 'unknown member'],
    }),
  );
});

test.each([
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":{},"valueOf":null,"hasOwnProperty":1}',
  '{"then":{},"length":1e300,"constructor":"Array"}',
])('an object inside is handed on as it is: %s', (text) => {
  const held = JSON.parse(text) as object;
  expect(validate(Holder, { held }).held).toBe(held);
  expect(() => validate(Dto, { name: held })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test.each([null, [], 'x', 5, undefined])('%p is no request', (value) => {
  expect(() => validate(Dto, value)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
