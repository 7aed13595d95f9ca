// What every ModelClient must do, told once and run by each adapter's spec against the emulator.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { openaiSchema } from '../../../../test/support/openai-schema.js';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { ModelClients } from '../client/model-clients.js';
import type { UpstreamKind } from '../errors/upstream-error.js';
import type { ModelApi, ModelClient } from './model-client.js';
import type { ModelRequest } from './model-request.js';
import { SinkRecorder } from './sink-recorder.js';

/** gpt-5.4-mini thinks, and takes tools over both APIs. */
export const MODEL = 'gpt-5.4-mini';

export const ask = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: MODEL,
  input: [{ role: 'user', content: text }],
  tools: [],
  ...more,
});

const WEATHER = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

export function describeModelClient(api: ModelApi): void {
  describe(`model client over ${api}`, () => {
    let emulator: RunningEmulator;
    let clients: ModelClients;
    let client: ModelClient;
    const never = new AbortController().signal;

    beforeAll(async () => {
      emulator = await startEmulator();
      emulator.control.setDefaults({ ttft_ms: 1, tokens_per_second: 5_000 });
      clients = new ModelClients(
        {
          profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: `${emulator.url}/v1` }],
          api,
          timeouts: { first_output_ms: 400, idle_ms: 300 },
        },
        new ModelCatalogue(),
      );
      client = clients.get();
    });
    afterAll(async () => {
      await clients.close();
      await emulator.close();
    });

    const failure = async (request: ModelRequest, sink = new SinkRecorder()) =>
      client.stream(request, sink, never).then(
        () => Promise.reject(new Error('expected a failure')),
        (error: unknown) => error,
      );

    test('text arrives in pieces that make up the outcome', async () => {
      const sink = new SinkRecorder();
      const outcome = await client.stream(ask('[[tokens 50]]', { instructions: 'Be brief.' }), sink, never);
      expect(outcome).toMatchObject({
        status: 'completed',
        model: expect.stringContaining(MODEL),
        tool_calls: [],
      });
      expect(outcome.text.split(' ')).toHaveLength(50);
      expect(sink.texts.length).toBeGreaterThan(10);
      expect(sink.text_so_far).toBe(outcome.text);
      expect(sink.ids).toEqual([outcome.response_id]);
      expect(sink.sequence).toEqual([...sink.sequence].sort((a, b) => a - b));
      expect(outcome.sequence_number).toBeGreaterThanOrEqual(sink.sequence.at(-1)!);
      expect(outcome.usage.output_tokens).toBeGreaterThan(0);
      expect(outcome.usage.total_tokens).toBe(outcome.usage.input_tokens + outcome.usage.output_tokens);
    });

    test('parallel tool calls, and their round replayed with the outputs', async () => {
      const request = ask('[[tool get_weather {"city":"Berlin"}]] [[tool get_weather {"city":"Paris"}]]', {
        tools: [WEATHER],
        parallel_tool_calls: true,
      });
      const first = await client.stream(request, new SinkRecorder(), never);
      expect(first.status).toBe('completed');
      expect(first.tool_calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
        ['get_weather', { city: 'Berlin' }],
        ['get_weather', { city: 'Paris' }],
      ]);
      const outputs = first.tool_calls.map(({ call_id }) => ({
        type: 'function_call_output' as const,
        call_id,
        output: '21 degrees',
      }));
      const next = {
        ...request,
        input: [...request.input, ...(first.items as ModelRequest['input']), ...outputs],
      };
      const second = await client.stream(next, new SinkRecorder(), never);
      expect(second.tool_calls).toEqual([]);
      expect(second.text).toContain('21 degrees');
    });

    test('an answer cut by its limit is incomplete and says why', async () => {
      const outcome = await client.stream(
        ask('[[tokens 40]]', { max_output_tokens: 16 }),
        new SinkRecorder(),
        never,
      );
      expect(outcome).toMatchObject({ status: 'incomplete', incomplete_reason: 'max_output_tokens' });
    });

    test('a refusal is an outcome, not text', async () => {
      const outcome = await client.stream(ask('[[refuse]]'), new SinkRecorder(), never);
      expect(outcome).toMatchObject({ status: 'completed', text: '' });
      expect(outcome.refusal).not.toBe('');
    });

    test('a JSON schema shapes the answer', async () => {
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      };
      const format = { type: 'json_schema' as const, name: 'answer', schema, strict: true };
      const outcome = await client.stream(ask('Where?', { text: { format } }), new SinkRecorder(), never);
      expect(JSON.parse(outcome.text)).toEqual({ city: expect.any(String) });
    });

    test('an abort ends the call at once and closes the connection', async () => {
      const abort = new AbortController();
      const sink = new SinkRecorder();
      sink.on_text = () => abort.abort(new Error('lease lost'));
      const call = client.stream(ask('[[tokens 1000]] [[rate 100]]'), sink, abort.signal);
      await expect(call).rejects.toMatchObject({ kind: 'aborted', code: 'run_cancelled' });
      const heard = sink.texts.length;
      await expect(client.stream(ask('hello'), sink, AbortSignal.abort())).rejects.toMatchObject({
        kind: 'aborted',
      });
      expect(heard).toBeLessThan(5);
    });

    test('a slow reader holds the stream back without being taken for a dead provider', async () => {
      const sink = new SinkRecorder();
      let waited = false;
      sink.ready = () => {
        if (waited || sink.texts.length === 0) return undefined;
        waited = true;
        return new Promise((resolve) => setTimeout(resolve, 700));
      };
      const outcome = await client.stream(ask('[[tokens 50]] [[rate 2000]]'), sink, never);
      expect(waited).toBe(true);
      expect(sink.text_so_far).toBe(outcome.text);
    });

    const FAULTS: [directive: string, kind: UpstreamKind][] = [
      ['[[hang before]]', 'timeout_first_output'],
      ['[[hang after 3]]', 'timeout_idle'],
      ['[[cut after 3]]', 'stream_cut'],
      ['[[fin after 3]]', 'stream_cut'],
      ['[[malformed after 3]]', 'malformed'],
      ['[[huge-line after 3]]', 'malformed'],
      ['[[html-200]]', 'malformed'],
      ['[[error-event after 3]]', 'server'],
      ['[[fail 500]]', 'server'],
      ['[[fail 401]]', 'auth'],
      ['[[fail quota]]', 'quota'],
      ['[[fail 429 retry-after=120]]', 'rate_limit'],
    ];
    test.each(FAULTS)('%s is %s', async (directive, kind) => {
      expect(await failure(ask(`[[tokens 20]] ${directive}`))).toMatchObject({ kind });
    });

    test('Retry-After is kept at any length, with the request id', async () => {
      expect(await failure(ask('[[fail 429 retry-after=120]]'))).toMatchObject({
        status: 429,
        retry_after_ms: 120_000,
        request_id: expect.any(String),
      });
    });

    test('no server at all is a connection error', async () => {
      const options = {
        profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: 'http://127.0.0.1:1/v1' }],
        api,
        timeouts: { first_output_ms: 400, idle_ms: 300 },
      };
      const lost = new ModelClients(options, new ModelCatalogue());
      const call = lost.get().stream(ask('hello'), new SinkRecorder(), never);
      await expect(call).rejects.toMatchObject({ kind: 'connection' });
      await lost.close();
    });

    test('a failure carries neither key nor content to the outside', async () => {
      const error = (await failure(ask('[[fail 401]] canary-4711'))) as Error & { publicText: string };
      const shown = `${error.message} ${error.publicText} ${JSON.stringify(error)}`;
      expect(shown).not.toContain('canary-4711');
      expect(shown).not.toContain('sk-test');
    });

    // Last, so that it sees what all the others sent.
    test("every request that went out fits OpenAI's schema", () => {
      const schema = openaiSchema();
      const path = api === 'chat' ? '/chat/completions' : '/responses';
      const sent = emulator.control.journal({ path: `/v1${path}` });
      expect(sent.length).toBeGreaterThan(15);
      const complaints = sent.flatMap(({ body }) => schema?.validateRequest(path, 'POST', body) ?? []);
      expect(complaints).toEqual([]);
    });
  });
}
