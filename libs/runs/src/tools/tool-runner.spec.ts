import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { loadConfig, RunsConfig } from '#config';
import { boundedText } from './bounded-text.js';
import { ToolError, type Tool } from './tool.js';
import { ToolRegistry } from './tool-registry.js';
import { ToolRunner } from './tool-runner.js';

const context = (signal = new AbortController().signal) => ({
  signal,
  idempotency_key: 'run:call',
  run_id: 'run',
  channel: 'c',
});
const tool = (name: string, run: Tool['run'], more: Partial<Tool> = {}): Tool => ({
  name,
  description: name,
  parameters: {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  },
  idempotent: true,
  run,
  ...more,
});

describe('tool runner', () => {
  let registry: ToolRegistry;
  let runner: ToolRunner;
  beforeEach(() => {
    registry = new ToolRegistry();
    runner = new ToolRunner(registry, loadConfig(RunsConfig, { TOOL_TIMEOUT_MS: '50' }));
    registry.register(tool('double', async ({ n }) => String((n as number) * 2)));
    registry.register(tool('told', async () => Promise.reject(new ToolError('No such city.'))));
    registry.register(tool('broken', async () => Promise.reject(new Error('password=hunter2'))));
    registry.register(tool('deaf', () => new Promise(() => {})));
    registry.register(tool('wordy', async () => 'ä'.repeat(100_000)));
    registry.register(tool('bare', async () => 'done', { parameters: { type: 'object', properties: {} } }));
  });
  const run = (name: string, args: string) => runner.run({ call_id: 'c', name, arguments: args }, context());

  test.each<[string, string, boolean, RegExp]>([
    ['double', '{"n":21}', true, /^42$/],
    ['bare', '', true, /^done$/],
    ['unknown', '{}', false, /no tool of this name/],
    ['double', '{"n":', false, /not a JSON object/],
    ['double', '[1]', false, /not a JSON object/],
    ['double', 'null', false, /not a JSON object/],
    ['double', '{"n":"x"}', false, /\/n must be integer/],
    ['double', '{}', false, /required property 'n'/],
    ['double', '{"n":1,"m":2}', false, /additional properties/],
    ['told', '{"n":1}', false, /No such city/],
    ['broken', '{"n":1}', false, /^\{"error":"The tool failed\."\}$/],
    ['deaf', '{"n":1}', false, /did not answer within 0.05 s/],
    ['wordy', '{"n":1}', true, /cut off/],
  ])('%s(%s)', async (name, args, ok, output) => {
    const result = await run(name, args);
    expect(result.ok).toBe(ok);
    expect(result.output).toMatch(output);
    expect(Buffer.byteLength(result.output)).toBeLessThanOrEqual(64 * 1024);
  });

  test('a cancelled run ends the call with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const call = runner.run({ call_id: 'c', name: 'deaf', arguments: '{"n":1}' }, context(controller.signal));
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('the tool gets a signal that its time limit aborts, and the key of the call', async () => {
    const seen = jest.fn<Tool['run']>(async () => 'x');
    registry.register(tool('seen', seen));
    await run('seen', '{"n":1}');
    expect(seen.mock.calls[0]![1]).toMatchObject({ idempotency_key: 'run:call', channel: 'c' });
    expect(seen.mock.calls[0]![1].signal).toBeInstanceOf(AbortSignal);
  });

  test('definitions leave out what this process lacks', () => {
    expect(registry.definitions(['double', 'missing']).map(({ name }) => name)).toEqual(['double']);
    expect(registry.list()).toHaveLength(6);
  });

  test('a name that is taken or malformed is a fault of the program', () => {
    expect(() => registry.register(tool('double', async () => ''))).toThrow(/taken/);
    expect(() => registry.register(tool('a b', async () => ''))).toThrow(/bad name/);
  });
});

test.each([
  ['short', 100, 'short'],
  ['ä'.repeat(100), 41, ''],
  ['\ud800', 100, '\ufffd'],
])('bounds text', (text, limit, expected) => {
  const bounded = boundedText(text, limit);
  expect(Buffer.byteLength(bounded)).toBeLessThanOrEqual(limit);
  expect(bounded.isWellFormed()).toBe(true);
  if (text.length < limit) expect(bounded).toBe(expected);
});
