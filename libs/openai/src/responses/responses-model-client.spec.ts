import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { ModelClients } from '../client/model-clients.js';
import { ask, describeModelClient } from '../model/model-client.contract.js';
import type { ModelClient } from '../model/model-client.js';
import type { ModelRequest } from '../model/model-request.js';
import { SinkRecorder } from '../model/sink-recorder.js';

describeModelClient('responses');

describe('what only the Responses API has', () => {
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
        api: 'responses',
        timeouts: { first_output_ms: 2_000, idle_ms: 1_000 },
      },
      new ModelCatalogue(),
    );
    client = clients.get();
  });
  afterAll(async () => {
    await clients.close();
    await emulator.close();
  });

  /** Starts a background answer and loses the connection after `deltas` pieces. */
  async function lose(text: string, deltas: number) {
    const abort = new AbortController();
    const sink = new SinkRecorder();
    sink.on_text = () => sink.texts.length === deltas && abort.abort();
    await expect(client.stream(ask(text, { background: true }), sink, abort.signal)).rejects.toMatchObject({
      kind: 'aborted',
    });
    return { id: sink.ids[0]!, after: sink.sequence.at(-1)!, text: sink.text_so_far };
  }

  test('a lost background stream goes on after the cursor with the same text', async () => {
    const lost = await lose('[[tokens 60]] [[rate 200]]', 20);
    const sink = new SinkRecorder(true);
    const outcome = await client.resume(lost.id, lost.after, sink, never);
    expect(sink.ids).toEqual([]);
    expect(lost.text + sink.text_so_far).toBe(outcome.text);
    expect(outcome.text.split(' ')).toHaveLength(60);
    expect(sink.sequence[0]).toBe(lost.after + 1);
  });

  test('a lost background answer can be polled to its end', async () => {
    const lost = await lose('[[tokens 30]] [[rate 300]]', 5);
    const outcome = await client.poll(lost.id, never);
    expect(outcome.text.startsWith(lost.text)).toBe(true);
    expect(outcome.text.split(' ')).toHaveLength(30);
  });

  test('what the provider did not keep is not resumable', async () => {
    const plain = await client.stream(ask('hello'), new SinkRecorder(), never);
    const refused = { kind: 'not_resumable' };
    await expect(client.resume(plain.response_id!, 3, new SinkRecorder(), never)).rejects.toMatchObject(
      refused,
    );
    await expect(client.resume('resp_unknown', 3, new SinkRecorder(), never)).rejects.toMatchObject(refused);
    await expect(client.poll('resp_unknown', never)).rejects.toMatchObject(refused);
  });

  test('cancel stops a background answer and minds nothing else', async () => {
    const lost = await lose('[[tokens 1000]] [[rate 50]]', 2);
    await client.cancel(lost.id);
    await expect(client.poll(lost.id, never)).rejects.toMatchObject({ kind: 'cancelled' });
    await client.cancel(lost.id);
    await client.cancel('resp_unknown');
  });

  test('a poll ends with its signal', async () => {
    const lost = await lose('[[tokens 1000]] [[rate 20]]', 1);
    const abort = new AbortController();
    const polled = client.poll(lost.id, abort.signal);
    setImmediate(() => abort.abort());
    await expect(polled).rejects.toMatchObject({ kind: 'aborted' });
    await client.cancel(lost.id);
  });

  test.each([
    ['[[missing-seq after 3]]', 'sequence_gap'],
    ['[[response-failed after 3]]', 'server'],
  ])('%s is %s', async (directive, kind) => {
    const call = client.stream(ask(`[[tokens 20]] ${directive}`), new SinkRecorder(), never);
    await expect(call).rejects.toMatchObject({ kind });
  });

  test.each(['[[duplicate-seq after 3]]', '[[no-blank-line]]', '[[events-after-terminal]]'])(
    '%s changes nothing',
    async (directive) => {
      const sink = new SinkRecorder();
      const outcome = await client.stream(ask(`[[tokens 20]] ${directive}`), sink, never);
      expect(outcome.text.split(' ')).toHaveLength(20);
      expect(sink.text_so_far).toBe(outcome.text);
    },
  );

  test('nothing is stored, and reasoning travels encrypted into the next round', async () => {
    const outcome = await client.stream(ask('[[reasoning]] hello'), new SinkRecorder(), never);
    const reasoning = outcome.items.find((item) => item.type === 'reasoning');
    expect(reasoning).toMatchObject({ encrypted_content: expect.any(String) });
    const input = [
      ...ask('').input.slice(1),
      ...(outcome.items as ModelRequest['input']),
      ...ask('again').input,
    ];
    const next = await client.stream(ask('', { input }), new SinkRecorder(), never);
    expect(next.status).toBe('completed');
    const sent = emulator.control.journal({ path: '/v1/responses' }).at(-1)?.body;
    expect(sent).toMatchObject({
      store: false,
      include: ['reasoning.encrypted_content'],
      stream_options: { include_obfuscation: false },
    });
  });

  test('a conversation holds the transcript and is locked while it answers', async () => {
    const sdk = clients.sdk();
    const { id: conversation } = await sdk.conversations.create({});
    const slow = client.stream(
      ask('[[tokens 30]] [[rate 100]]', { conversation }),
      new SinkRecorder(),
      never,
    );
    const first = new SinkRecorder();
    const overlapping = client.stream(ask('hello', { conversation }), first, never);
    const ends = await Promise.allSettled([slow, overlapping]);
    const refused = ends.find((end) => end.status === 'rejected');
    expect(refused?.reason).toMatchObject({ kind: 'conversation_locked', status: 400 });
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
  });
});
