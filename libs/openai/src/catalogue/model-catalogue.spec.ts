import { describe, expect, test } from '@jest/globals';
import type { ModelRequest } from '../model/model-request.js';
import { parseModelAliases } from './model-aliases.js';
import { ModelCatalogue, type ResolvedModel } from './model-catalogue.js';
import { CATALOGUE_AS_OF, MODELS, NEVER_A_MODEL } from './models.data.js';

const AS_OF = new Date(`${CATALOGUE_AS_OF}T12:00:00Z`);
const LATER = new Date('2027-06-01T00:00:00Z');
const catalogue = new ModelCatalogue();

describe('what a name means', () => {
  const ROWS: [name: string, today: Date, expected: ResolvedModel][] = [
    ['gpt-6-luna', AS_OF, { model: 'gpt-6-luna' }],
    ['gpt-4o-mini', AS_OF, { model: 'gpt-4o-mini', shutdown_date: '2027-01-14' }],
    [
      'gpt-4o-mini',
      LATER,
      {
        model: 'gpt-6-luna',
        replaced: { from: 'gpt-4o-mini', reason: 'shut_down', shutdown_date: '2027-01-14' },
      },
    ],
    [
      'gpt-4o-2024-08-06',
      LATER,
      {
        model: 'gpt-6-luna',
        replaced: { from: 'gpt-4o-2024-08-06', reason: 'shut_down', shutdown_date: '2027-01-14' },
      },
    ],
    [
      'o4-mini',
      AS_OF,
      {
        model: 'gpt-5.6-terra',
        replaced: { from: 'o4-mini', reason: 'shut_down', shutdown_date: '2026-10-23' },
      },
    ],
    [
      'gpt-3.5-turbo',
      AS_OF,
      {
        model: 'gpt-5.6-luna',
        replaced: { from: 'gpt-3.5-turbo', reason: 'shut_down', shutdown_date: '2026-10-23' },
      },
    ],
    [
      'gpt-4o-latest',
      AS_OF,
      { model: 'gpt-6-luna', replaced: { from: 'gpt-4o-latest', reason: 'never_existed' } },
    ],
    ['ft:gpt-4o-mini:acme::x1', LATER, { model: 'ft:gpt-4o-mini:acme::x1', shutdown_date: '2027-01-14' }],
    ['llama-3.3-70b', AS_OF, { model: 'llama-3.3-70b' }],
    ['constructor', AS_OF, { model: 'constructor' }],
  ];
  test.each(ROWS)('%s', (name, today, expected) => {
    expect(catalogue.resolveModel(name, today)).toEqual(expected);
  });

  test('a model lives to the day before its shutdown date', () => {
    expect(catalogue.resolveModel('gpt-5', new Date('2026-12-10T23:59:59Z')).model).toBe('gpt-5');
    expect(catalogue.resolveModel('gpt-5', new Date('2026-12-11T00:00:00Z')).model).toBe('gpt-5.6-sol');
  });

  test('every dead name leads to a living one, and names its successor', () => {
    for (const name of [...Object.keys(MODELS), ...Object.keys(NEVER_A_MODEL)]) {
      const { model } = catalogue.resolveModel(name, LATER);
      expect(MODELS[model]?.shutdown_date).toBeUndefined();
      if (MODELS[name]?.shutdown_date !== undefined) expect(MODELS[name].replacement).toBeDefined();
    }
  });

  test("the operator's word is final, even for a dead name", () => {
    const own = new ModelCatalogue(parseModelAliases('gpt-4o=gpt-6-sol, gpt-3.5-turbo=gpt-3.5-turbo'));
    expect(own.resolveModel('gpt-4o', AS_OF)).toEqual({
      model: 'gpt-6-sol',
      replaced: { from: 'gpt-4o', reason: 'alias' },
    });
    expect(own.resolveModel('gpt-3.5-turbo', AS_OF)).toEqual({ model: 'gpt-3.5-turbo' });
  });
});

describe('what a model refuses', () => {
  const request: ModelRequest = {
    model: '',
    input: [],
    tools: [],
    temperature: 0.3,
    max_output_tokens: 10_000_000,
    conversation: 'conv_1',
    background: true,
  };
  const ROWS: [model: string, api: 'responses' | 'chat', dropped: string[], limit: number][] = [
    ['gpt-6-luna', 'responses', ['temperature'], 128_000],
    ['gpt-6-luna', 'chat', ['temperature', 'conversation', 'background'], 128_000],
    ['gpt-4o-mini', 'responses', [], 16_384],
    ['gpt-4o-mini-2024-07-18', 'responses', [], 16_384],
    ['ft:gpt-4o-mini:acme::x1', 'chat', ['conversation', 'background'], 16_384],
    ['llama-3.3-70b', 'responses', [], 10_000_000],
  ];
  test.each(ROWS)('%s over %s', (model, api, dropped, limit) => {
    const shaped = catalogue.shapeRequest({ ...request, model }, api);
    expect(shaped.dropped).toEqual(dropped);
    for (const name of dropped) expect(shaped.request).not.toHaveProperty(name);
    expect(shaped.request.max_output_tokens).toBe(limit);
    expect(request.temperature).toBe(0.3);
  });
});

test.each([
  ['responses', 16],
  ['chat', 3],
] as const)('an answer of 3 tokens over %s is asked for as one of %i', (api, limit) => {
  const request = { model: 'gpt-4o-mini', input: [], tools: [], max_output_tokens: 3 };
  expect(catalogue.shapeRequest(request, api).request.max_output_tokens).toBe(limit);
  expect(request.max_output_tokens).toBe(3);
});

describe('MODEL_ALIASES', () => {
  test.each([
    ['', []],
    ['a=b', [['a', 'b']]],
    [
      ' a = b ,, c=d ',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      '{"a":"b","__proto__":"c"}',
      [
        ['a', 'b'],
        ['__proto__', 'c'],
      ],
    ],
  ])('%j', (text, pairs) => {
    expect([...parseModelAliases(text)]).toEqual(pairs);
  });
  test.each(['a', 'a=', '=b', 'a=b c', '{"a":1}', '{', '{"a":{}}'])('%j is refused', (text) => {
    expect(() => parseModelAliases(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
