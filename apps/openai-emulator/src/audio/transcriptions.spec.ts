// Transcriptions as the SDK speaks them: what is said, in which formats, streamed or not, and what each model refuses.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OpenAI, toFile } from 'openai';
import type { TranscriptionCreateParams, TranscriptionDiarized } from 'openai/resources/audio/transcriptions';

import { startEmulator, type RunningEmulator } from '../index.js';
import { secondsOf } from './recording.js';

let emulator: RunningEmulator;
let openai: OpenAI;

beforeEach(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.close());

/** A WAV of silence: 8,000 bytes a second, and a comment in a chunk of its own. */
function wav(seconds: number, comment = ''): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from(name), size, body]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(8_000, 4);
  format.writeUInt32LE(8_000, 8);
  format.writeUInt16LE(1, 12);
  format.writeUInt16LE(8, 14);
  const chunks = [
    chunk('fmt ', format),
    chunk('note', Buffer.from(comment)),
    chunk('data', Buffer.alloc(seconds * 8_000)),
  ];
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks]));
}

type Params = Partial<Omit<TranscriptionCreateParams, 'file' | 'stream'>>;

async function transcribe(params: Params = {}, audio = wav(10), name = 'a.wav') {
  const file = await toFile(audio, name);
  return openai.audio.transcriptions.create({
    model: 'gpt-transcribe',
    ...params,
    file,
  } as never) as Promise<unknown>;
}

const TALK = '[[say Ada: Good morning. How are you?\nBob: Fine.]]';

describe('a transcription', () => {
  test('tells what came, or says what prompt, recording or rule ask for', async () => {
    expect(await transcribe({ keywords: ['furnace', 'Ada'], prompt: 'A call.' })).toMatchObject({
      text: expect.stringMatching(
        /^This is the recording a\.wav\. .* 10\.0 seconds\. It speaks of furnace, Ada\. You said: A call\.$/,
      ),
      languages: [{ code: 'en' }],
      usage: { type: 'duration', seconds: 10 },
    });
    expect(emulator.control.journal().at(-1)!.body).toMatchObject({
      keywords: ['furnace', 'Ada'],
      file: { filename: 'a.wav' },
    });
    expect(await transcribe({ prompt: '[[say from the prompt]]' })).toMatchObject({
      text: 'from the prompt',
    });
    expect(await transcribe({}, wav(1, '[[say from the recording]]'))).toMatchObject({
      text: 'from the recording',
    });
    emulator.control.addRule({ match: { path: '/v1/audio' }, directive: 'say from a rule', times: 1 });
    expect(await transcribe()).toMatchObject({ text: 'from a rule' });
  });

  test('comes in the formats of whisper', async () => {
    const ask = (response_format: 'text' | 'srt' | 'vtt' | 'verbose_json', more: Params = {}) =>
      transcribe({ model: 'whisper-1', prompt: TALK, response_format, ...more });
    expect(await ask('text')).toBe('Good morning. How are you? Fine.\n');
    expect(await ask('srt')).toMatch(
      /^1\n00:00:00,000 --> 00:00:0\d,\d{3}\nGood morning\.\n\n2\n.*\nHow are you\?\n\n3\n/s,
    );
    expect(await ask('vtt')).toMatch(/^WEBVTT\n\n00:00:00\.000 --> .*\nGood morning\.\n/);
    expect(await ask('verbose_json', { timestamp_granularities: ['word', 'segment'] })).toMatchObject({
      duration: 10,
      words: [{ word: 'Good', start: 0 }, {}, {}, {}, {}, { word: 'Fine', end: 10 }],
      segments: [{ id: 0, start: 0 }, {}, { text: ' Fine.', end: 10 }],
    });
    const words = await ask('verbose_json', { timestamp_granularities: ['word'] });
    expect(words).not.toHaveProperty('segments');
  });

  test('tells speakers apart', async () => {
    const model = 'gpt-4o-transcribe-diarize';
    const diarized = (await transcribe(
      { model, response_format: 'diarized_json', chunking_strategy: 'auto' },
      wav(40, TALK),
    )) as TranscriptionDiarized;
    expect(diarized.segments.map(({ speaker, text }) => [speaker, text])).toEqual([
      ['Ada', 'Good morning.'],
      ['Ada', 'How are you?'],
      ['Bob', 'Fine.'],
    ]);
    const known = await transcribe(
      {
        model,
        response_format: 'diarized_json',
        known_speaker_names: ['agent', 'customer'],
        known_speaker_references: ['data:audio/wav;base64,AA', 'data:audio/wav;base64,AA'],
      },
      wav(4, '[[say One. Two.]]'),
    );
    expect(known).toMatchObject({ segments: [{ speaker: 'agent' }, { speaker: 'customer' }] });
  });

  test.each<[Params & { stream?: boolean }, string[]]>([
    [{ model: 'gpt-transcribe' }, ['transcript.text.delta', 'transcript.text.done']],
    [
      { model: 'gpt-4o-transcribe-diarize', response_format: 'diarized_json' },
      ['transcript.text.delta', 'transcript.text.segment', 'transcript.text.done'],
    ],
  ])('is streamed by %j', async (params, kinds) => {
    const file = await toFile(wav(4, '[[say Good morning. Fine.]]'), 'a.wav');
    const stream = await openai.audio.transcriptions.create({ ...params, file, stream: true } as never);
    const events: { type: string; delta?: string; text?: string; usage?: { output_tokens: number } }[] = [];
    for await (const event of stream as unknown as AsyncIterable<(typeof events)[0]>) events.push(event);
    expect([...new Set(events.map(({ type }) => type))]).toEqual(kinds);
    const deltas = events.filter(({ delta }) => delta !== undefined).map(({ delta }) => delta);
    expect(deltas.join('')).toBe('Good morning. Fine.');
    expect(events.at(-1)).toMatchObject({ text: 'Good morning. Fine.', usage: { type: 'tokens' } });
    expect(events.at(-1)!.usage!.output_tokens).toBe(deltas.length);
  });

  test('fails, breaks off or ends in an error as asked', async () => {
    const stream = async (comment: string) => {
      const file = await toFile(wav(4, comment), 'a.wav');
      const events = await openai.audio.transcriptions.create({
        model: 'gpt-transcribe',
        file,
        stream: true,
      });
      let count = 0;
      for await (const _ of events) count += 1;
      return count;
    };
    await expect(transcribe({ prompt: '[[fail 429 retry-after=2]]' })).rejects.toMatchObject({ status: 429 });
    await expect(stream('[[tokens 9]] [[cut after 3]]')).rejects.toThrow();
    await expect(stream('[[tokens 9]] [[error-event after 3]]')).rejects.toThrow(/error/);
    expect(await stream('[[tokens 9]] [[fin after 3]]')).toBe(3);
    await expect(transcribe({ prompt: '[[cut before times=1]] once' })).rejects.toThrow();
    expect(await transcribe({ prompt: '[[cut before times=1]] once' })).toHaveProperty('text');
  });

  test.each<[string, Params, number, string]>([
    [
      'a format the model lost',
      { response_format: 'srt' },
      400,
      "response_format 'srt' is not compatible with model 'gpt-transcribe'. Use 'json' or 'text'",
    ],
    [
      'a prompt to the diarizing model',
      { model: 'gpt-4o-transcribe-diarize', prompt: 'x' },
      400,
      "'prompt' is not supported",
    ],
    ['keywords to whisper', { model: 'whisper-1', keywords: ['x'] }, 400, "'keywords' is not supported"],
    ['language and languages', { language: 'en', languages: ['en'] }, 400, 'Mutually exclusive'],
    [
      'granularities without their format',
      { model: 'whisper-1', timestamp_granularities: ['word'] },
      400,
      'timestamp_granularities',
    ],
    ['a model that hears nothing', { model: 'gpt-6-luna' }, 400, 'not supported by this endpoint'],
    ['a model of the realtime API', { model: 'gpt-live-transcribe' }, 400, 'not supported by this endpoint'],
    ['an unknown model', { model: 'gpt-hears-all' }, 404, 'does not exist'],
    ['an unknown field', { prompts: 'x' } as Params, 400, "Unknown parameter: 'prompts'"],
  ])('with %s is refused', async (_, params, status, message) => {
    await expect(transcribe(params)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  test.each<[string, Buffer, string, number]>([
    ['a kind by its name', wav(1), 'a.txt', 400],
    ['a kind by its content', Buffer.from('no sound at all'), 'a.wav', 400],
    ['more than 25 MB', wav(3_300), 'a.wav', 413],
  ])('refuses %s', async (_, audio, name, status) => {
    await expect(transcribe({}, audio, name)).rejects.toMatchObject({ status });
  });

  test('of more than half a minute needs a chunking strategy where speakers are told apart', async () => {
    const model = 'gpt-4o-transcribe-diarize';
    await expect(transcribe({ model }, wav(31))).rejects.toMatchObject({
      status: 400,
      param: 'chunking_strategy',
    });
    const chunking_strategy = { type: 'server_vad' as const, threshold: 0.5 };
    expect(await transcribe({ model, chunking_strategy }, wav(31))).toHaveProperty('text');
  });

  test('by a model past its day is refused', async () => {
    emulator.control.setClock(Date.parse('2027-02-27T00:00:00Z'));
    await expect(transcribe({ model: 'whisper-1' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    expect(await transcribe()).toHaveProperty('text');
  });
});

test('the length of an MP3 comes from its first frame', () => {
  const tag = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x05'), Buffer.alloc(5)]);
  // MPEG-1, layer III, 128 kbit/s.
  const frames = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0]), Buffer.alloc(15_996)]);
  expect(secondsOf(Buffer.concat([tag, frames]))).toBe(1);
});
