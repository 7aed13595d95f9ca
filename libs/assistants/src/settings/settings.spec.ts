import { describe, expect, test } from '@jest/globals';
import { mergeSettings } from './assistant-settings.js';
import { readConfig, readPurpose } from './read-config.js';
import { toSnapshot } from './to-snapshot.js';

describe('readConfig', () => {
  test.each([
    [{}],
    [{ name: null, temperature: 0, top_p: 1, response_format: 'auto' }],
    [{ tools: [{ type: 'file_search', file_search: { max_num_results: 5 } }, { type: 'code_interpreter' }] }],
    [{ tools: [{ type: 'function', function: { name: 'get_weather', description: 'd' } }] }],
    [{ tool_resources: { file_search: { vector_store_ids: ['vs_1'] } }, metadata: { a: 'b' } }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } }],
  ])('takes %j as it is', (config) => {
    expect(readConfig(config)).toEqual(config);
  });

  test.each([
    [null],
    ['text'],
    [{ nmae: 'typo' }],
    [{ model: '' }],
    [{ model: null }],
    [{ name: 'x'.repeat(257) }],
    [{ temperature: 3 }],
    [{ tools: [{ type: 'retrieval' }] }],
    [{ tools: [{ type: 'function' }] }],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }],
    [{ tools: 'code_interpreter' }],
    [{ tool_resources: { web: {} } }],
    [{ metadata: { a: 1 } }],
    [{ response_format: 'json' }],
    [{ response_format: { type: 'json_schema' } }],
  ])('refuses %j and says why', (config) => {
    expect(() => readConfig(config)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test.each(['', ' ', 'a b', '.x', 'x'.repeat(65), 7])('refuses the purpose %j', (purpose) => {
    expect(() => readPurpose(purpose)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

test.each([
  [{}, { tools: [], hosted_tools: [] }],
  [
    { tools: [{ type: 'code_interpreter' as const }, { type: 'file_search' as const }] },
    {
      tools: [],
      hosted_tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
      without: ['file_search'],
    },
  ],
  [
    {
      tools: [
        { type: 'function' as const, function: { name: 'get_weather' } },
        { type: 'file_search' as const, file_search: { max_num_results: 3 } },
        { type: 'code_interpreter' as const },
      ],
      tool_resources: {
        file_search: { vector_store_ids: ['vs_1'] },
        code_interpreter: { file_ids: ['file-1'] },
      },
    },
    {
      tools: ['get_weather'],
      hosted_tools: [
        { type: 'file_search', vector_store_ids: ['vs_1'], max_num_results: 3 },
        { type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } },
      ],
    },
  ],
  [
    {
      temperature: 0.5,
      top_p: 0.1,
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'x', schema: { type: 'object' } },
      },
    },
    {
      temperature: 0.5,
      top_p: 0.1,
      text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
    },
  ],
  [
    { response_format: { type: 'json_object' as const }, instructions: 'Be brief.' },
    { text: { format: { type: 'json_object' } }, instructions: 'Be brief.' },
  ],
])('settings %j become %j', (config, snapshot) => {
  const settings = mergeSettings({}, { model: 'm', ...config });
  expect(toSnapshot('asst_1', 2, settings)).toMatchObject({
    id: 'asst_1',
    version: 2,
    model: 'm',
    ...snapshot,
  });
});
