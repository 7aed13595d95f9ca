import { describe, expect, test } from '@jest/globals';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { UNKNOWN_MODEL } from '../catalogue/models.data.js';
import type { ModelRequest } from '../model/model-request.js';
import { ChatToolCalls } from './chat-tool-calls.js';
import { toChatBody } from './to-chat-body.js';
import { toChatMessages } from './to-chat-messages.js';

const TOOL = { type: 'function' as const, name: 'f', parameters: { type: 'object' }, strict: true };
const request = (more: Partial<ModelRequest>): ModelRequest => ({
  model: 'm',
  input: [],
  tools: [],
  ...more,
});
const traits = (model: string) => new ModelCatalogue().capabilities(model);

describe('a request in chat words', () => {
  test('a server that nobody knows is asked for the least', () => {
    const body = toChatBody(
      request({ max_output_tokens: 9, prompt_cache_key: 'k', metadata: { a: 'b' } }),
      UNKNOWN_MODEL,
    );
    expect(body).toEqual({
      model: 'm',
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
    });
  });

  test.each([
    ['gpt-4o-mini', undefined],
    ['gpt-5.4-mini', undefined],
    ['gpt-6-luna', 'none'],
  ])('%s takes tools with effort %s', (model, effort) => {
    const body = toChatBody(
      request({ model, tools: [TOOL], parallel_tool_calls: false, max_output_tokens: 9 }),
      traits(model),
    );
    expect(body.reasoning_effort).toBe(effort);
    expect(body).toMatchObject({ max_completion_tokens: 9, parallel_tool_calls: false, store: false });
    expect(body.tools).toEqual([
      { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } },
    ]);
  });

  test('gpt-6.1-sol takes none here, and that is said before anything is sent', () => {
    const call = () => toChatBody(request({ tools: [TOOL] }), traits('gpt-6.1-sol'));
    expect(call).toThrow(expect.objectContaining({ kind: 'invalid_request' }));
  });

  test('output formats', () => {
    const format = { type: 'json_schema' as const, name: 'n', schema: { type: 'object' }, strict: true };
    expect(toChatBody(request({ text: { format, verbosity: 'low' } }), UNKNOWN_MODEL)).toMatchObject({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
      },
      verbosity: 'low',
    });
    expect(toChatBody(request({ text: { format: { type: 'text' } } }), UNKNOWN_MODEL)).not.toHaveProperty(
      'response_format',
    );
  });
});

test('a transcript in chat words', () => {
  const call = (call_id: string): ResponseInputItem => ({
    type: 'function_call',
    call_id,
    name: 'f',
    arguments: '{}',
  });
  const output = (call_id: string): ResponseInputItem => ({
    type: 'function_call_output',
    call_id,
    output: [{ type: 'input_text', text: 'out' }],
  });
  const items: ResponseInputItem[] = [
    { role: 'user', content: 'hi' },
    { role: 'developer', content: 'be kind' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'let me see', annotations: [] }],
    },
    call('a'),
    call('b'),
    output('a'),
    output('b'),
    call('c'),
    output('c'),
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'look' },
        { type: 'input_image', image_url: 'https://example.com/x.png', detail: 'auto' },
        { type: 'input_image', file_id: 'file_1', detail: 'low' },
        { type: 'input_file', filename: 'x.pdf', file_data: 'data:' },
      ],
    },
  ];
  const tool = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
  expect(toChatMessages('rules', items)).toEqual([
    { role: 'system', content: 'rules' },
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'be kind' },
    { role: 'assistant', content: 'let me see', tool_calls: [tool('a'), tool('b')] },
    { role: 'tool', tool_call_id: 'a', content: 'out' },
    { role: 'tool', tool_call_id: 'b', content: 'out' },
    { role: 'assistant', content: null, tool_calls: [tool('c')] },
    { role: 'tool', tool_call_id: 'c', content: 'out' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: 'https://example.com/x.png', detail: 'auto' } },
        { type: 'file', file: { filename: 'x.pdf', file_data: 'data:' } },
      ],
    },
  ]);
});

describe('tool calls in pieces', () => {
  const f = (args: string, name?: string) => ({
    function: { arguments: args, ...(name === undefined ? {} : { name }) },
  });
  test.each([
    [
      'by index, interleaved',
      [
        { index: 0, id: 'a', ...f('{', 'x') },
        { index: 1, id: 'b', ...f('[', 'y') },
        { index: 0, ...f('}') },
        { index: 1, ...f(']') },
      ],
    ],
    ['by id, without an index', [{ id: 'a', ...f('{', 'x') }, f('}'), { id: 'b', ...f('[', 'y') }, f(']')]],
    [
      'with the id repeated',
      [
        { index: 0, id: 'a', ...f('{', 'x') },
        { index: 0, id: 'a', ...f('}') },
        { index: 1, id: 'b', ...f('[]', 'y') },
      ],
    ],
  ])('%s', (_, pieces) => {
    const calls = new ChatToolCalls();
    for (const piece of pieces) calls.add(piece);
    expect(calls.all()).toEqual([
      { call_id: 'a', name: 'x', arguments: '{}' },
      { call_id: 'b', name: 'y', arguments: '[]' },
    ]);
  });
});
