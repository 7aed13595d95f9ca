// The transcriptions' client against the emulator: whole and streamed, what is sent, tries, pauses, and an end on request.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { recordingOf } from '../../../../test/support/recording-fixture.js';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { ModelClients } from '../client/model-clients.js';
import type { TranscriptionRequest, TranscriptionSink } from './transcription-request.js';
import { TRANSCRIPTION_PATIENCE, TranscriptionsClient } from './transcriptions-client.js';

const PATH = '/v1/audio/transcriptions';
const catalogue = new ModelCatalogue();
let emulator: RunningEmulator;
let clients: ModelClients;
let client: TranscriptionsClient;

beforeAll(async () => {
  emulator = await startEmulator();
  clients = new ModelClients(
    {
      profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: `${emulator.url}/v1` }],
      api: 'responses',
      timeouts: { first_output_ms: 5_000, idle_ms: 5_000 },
    },
    catalogue,
  );
  client = new TranscriptionsClient(clients.sdk(), catalogue);
});
afterEach(() => control('DELETE', 'rules'));
afterAll(async () => {
  await clients.close();
  await emulator.close();
});

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${emulator.url}/_emulator/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status === 204 ? undefined : response.json();
}
const rule = (directive: string, times?: number) =>
  control('POST', 'rules', { match: { path: PATH }, directive, ...(times !== undefined && { times }) });
const calls = async (): Promise<number> =>
  ((await control('GET', `journal?path=${encodeURIComponent(PATH)}&limit=10000`)) as unknown[]).length;

const request = (said: string, more: Partial<TranscriptionRequest> = {}): TranscriptionRequest => ({
  model: 'gpt-transcribe',
  detail: 'text',
  audio: {
    name: 'recording.wav',
    mediatype: 'audio/wav',
    open: async function* () {
      const sound = recordingOf(5, said);
      for (let at = 0; at < sound.length; at += 10_000) yield sound.subarray(at, at + 10_000);
    },
  },
  ...more,
});
function listener(): TranscriptionSink & { heard: string; pieces: number; resets: number } {
  return {
    heard: '',
    pieces: 0,
    resets: 0,
    text(delta) {
      this.heard += delta;
      this.pieces++;
    },
    reset() {
      this.heard = '';
      this.resets++;
    },
  };
}
const { signal } = new AbortController();

describe('the text', () => {
  test('comes whole, with what was used', async () => {
    expect(await client.transcribe(request('[[say Hello there.]]'), signal)).toMatchObject({
      transcript: { text: 'Hello there.', languages: ['en'] },
      usage: { type: 'duration', seconds: 6 },
      request_id: expect.any(String),
    });
  });

  test('comes while it is made, and is the same in the end', async () => {
    const sink = listener();
    const said = 'Hello there, this is a longer sentence of several pieces.';
    const { transcript } = await client.transcribe(request(`[[say ${said}]]`), signal, sink);
    expect(sink.pieces).toBeGreaterThan(1);
    expect(sink.heard).toBe(said);
    expect(transcript.text).toBe(said);
  });

  test('comes with segments, words and speakers from models that have them', async () => {
    const words = await client.transcribe(
      request('[[say One two. Three.]]', { model: 'whisper-1', detail: 'words' }),
      signal,
      listener(),
    );
    expect(words.transcript).toMatchObject({ segments: [{ start: 0 }, {}] });
    expect(words.transcript.duration).toBeCloseTo(5, 1);
    expect(words.transcript.words!.map(({ word }) => word)).toEqual(['One', 'two', 'Three']);
    const diarize = { model: 'gpt-4o-transcribe-diarize', detail: 'speakers' } as const;
    for (const sink of [undefined, listener()]) {
      const { transcript } = await client.transcribe(
        request('[[say Ada: One.\nBen: Two.]]', diarize),
        signal,
        sink,
      );
      expect(transcript.segments!.map(({ speaker }) => speaker)).toEqual(['Ada', 'Ben']);
    }
  });
});

describe('tries', () => {
  test('a failure that passes is tried again with the whole sound, and what was heard counts no more', async () => {
    await rule('fail 500', 1);
    await rule('cut 2', 1);
    const before = await calls();
    const sink = listener();
    const { transcript } = await client.transcribe(request('[[say All of it, once more.]]'), signal, sink);
    expect(transcript.text).toBe('All of it, once more.');
    expect(sink.heard).toBe('All of it, once more.');
    expect(sink.resets).toBe((await calls()) - before - 1);
  });

  test('a pause that is asked for is kept', async () => {
    await rule('fail 429 retry-after=1', 1);
    const begun = performance.now();
    await client.transcribe(request('[[say Later.]]'), signal);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });

  test('one that is too long is left to the caller', async () => {
    await rule('fail 429 retry-after=600');
    const before = await calls();
    await expect(client.transcribe(request('x'), signal)).rejects.toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 600_000,
    });
    expect((await calls()) - before).toBe(1);
  });

  test.each([
    ['fail 400', 'invalid_request'],
    ['fail 401', 'auth'],
  ])('after "%s" there is none', async (directive, kind) => {
    await rule(directive);
    const before = await calls();
    await expect(client.transcribe(request('x'), signal)).rejects.toMatchObject({ kind });
    expect((await calls()) - before).toBe(1);
  });

  test('end after so many', async () => {
    await rule('fail 500 retry-after=0');
    const before = await calls();
    const few = new TranscriptionsClient(clients.sdk(), catalogue, { ...TRANSCRIPTION_PATIENCE, retries: 2 });
    await expect(few.transcribe(request('x'), signal)).rejects.toMatchObject({ kind: 'server' });
    expect((await calls()) - before).toBe(3);
  });
});

test('a call that is not wanted any more ends, streamed or not', async () => {
  for (const sink of [undefined, listener()]) {
    const stop = new AbortController();
    const call = client.transcribe(request('[[rate 5]] [[tokens 1000]] [[ttft 3000]]'), stop.signal, sink);
    setTimeout(() => stop.abort(), 100);
    await expect(call).rejects.toMatchObject({ kind: 'aborted' });
  }
});
