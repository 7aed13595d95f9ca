// A recording over REST: written down, heard while it is made, put into a vCon and an index, refused where it must be, and gone.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { LocalObjectStore } from '#knowledge';
import { recordingOf } from '../support/recording-fixture.js';
import { readEvents } from '../support/sse-client.js';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const PATH = '/v1/audio/transcriptions';
let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ streams: [] });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
}, 30_000);
afterEach(async () => {
  await parley.control('DELETE', 'rules');
});

type Fields = Record<string, string | readonly string[]>;
async function post(recording: Buffer, fields: Fields = {}, name = 'meeting.bin'): Promise<Rest> {
  const form = new FormData();
  for (const [field, values] of Object.entries(fields))
    for (const value of [values].flat()) form.append(field, value);
  form.append('file', new Blob([new Uint8Array(recording)], { type: 'application/octet-stream' }), name);
  const response = await fetch(`${parley.gateway!.url}/transcriptions`, { method: 'POST', body: form });
  return {
    status: response.status,
    body: (await response.json()) as Rest['body'],
    headers: response.headers,
  };
}
async function ended(id: unknown): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 1_200; tries++) {
    const { body } = await parley.rest('GET', `/transcriptions/${String(id)}`);
    if (/^(?:completed|failed|cancelled)$/.test(String(body['state']))) return body;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the transcription does not end');
}
const transcribed = async (recording: Buffer, fields: Fields = {}): Promise<Record<string, unknown>> => {
  const { status, body } = await post(recording, fields);
  expect({ status, errors: body['errors'] }).toEqual({ status: 202, errors: undefined });
  return ended(body['id']);
};
/** Files that are kept, or on their way. */
const onDisk = (): string[] =>
  readdirSync(parley.directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(parley.directory, name), { throwIfNoEntry: false })?.isFile(),
  );
/** A recording goes behind the end of its job. */
async function nothingKept(): Promise<void> {
  for (let tries = 0; tries < 100 && onDisk().length > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(onDisk()).toEqual([]);
}
async function openai(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${parley.emulator.url}/v1${path}`, {
    method,
    headers: { authorization: 'Bearer sk-e2e', 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

describe('a recording', () => {
  test('is written down by the current model, booked, and not kept', async () => {
    const job = await transcribed(recordingOf(12, '[[say Good morning. This is the meeting.]]'));
    expect(job).toMatchObject({
      state: 'completed',
      model: 'gpt-transcribe',
      kind: 'wav',
      text: 'Good morning. This is the meeting.',
      languages: ['en'],
      usage: { type: 'tokens', audio_tokens: 121 },
    });
    await nothingKept();
    const { body } = await parley.rest('GET', '/usage/ledger?limit=1');
    const [row] = body['items'] as Record<string, unknown>[];
    expect(row).toMatchObject({ model: 'gpt-transcribe', kind: 'transcription', outcome: 'completed' });
    // It is paid by the minute, though it tells tokens.
    expect(row!['cost_usd']).toBeCloseTo((12.1 / 60) * 0.0045, 6);
  });

  test('reaches the provider under a name of ours, with what was asked', async () => {
    await transcribed(recordingOf(2), {
      prompt: 'Parley and its friends',
      'keywords[]': ['Parley', 'vCon'],
      language: 'de',
      temperature: '0.2',
    });
    const call = (await parley.journal(PATH)).at(-1)! as unknown as Record<string, unknown>;
    const seen = JSON.stringify(call);
    expect(seen).toContain('recording.wav');
    expect(seen).toContain('Parley and its friends');
    expect(seen).not.toContain('meeting.bin');
  });

  test.each([
    ['whisper-1', 'srt', 'application/x-subrip', /^1\n00:00:00,000 --> [\d:,]+\nOne\.\n\n2\n/],
    ['whisper-1', 'vtt', 'text/vtt', /^WEBVTT\n\n00:00:00\.000 --> /],
    ['whisper-1', 'verbose_json', 'application/json', /"words":\[\{"start":0/],
    ['gpt-4o-transcribe-diarize', 'diarized_json', 'application/json', /"speaker":"Ada"/],
    ['gpt-4o-transcribe', 'text', 'text/plain', /^One\. Two\.\n$/],
  ])('by %s as %s', async (model, format, type, form) => {
    const said = format === 'diarized_json' ? '[[say Ada: One. Two.]]' : '[[say One. Two.]]';
    const job = await transcribed(recordingOf(3, said), {
      model,
      format,
      ...(format === 'verbose_json' && { words: 'true' }),
    });
    const answer = await fetch(`${parley.gateway!.url}/transcriptions/${String(job['id'])}/transcript`);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    expect(await answer.text()).toMatch(form);
  });

  test('is tried again when the provider stumbles, with one text in the end', async () => {
    for (const directive of ['fail 500', 'cut 2'])
      await parley.control('POST', 'rules', { match: { path: PATH }, directive, times: 1 });
    const job = await transcribed(recordingOf(2, '[[say All is well that ends well, they say.]]'));
    expect(job).toMatchObject({ state: 'completed', text: 'All is well that ends well, they say.' });
    const events = await readEvents(`${parley.gateway!.url}/transcriptions/${String(job['id'])}/events`, {
      until: ({ data }) => data['state'] === 'completed',
    });
    let text = '';
    for (const { event, data } of events)
      if (event === 'reset') text = '';
      else if (event === 'text') text += String(data['delta']);
    expect(text).toBe('All is well that ends well, they say.');
  });

  test('fails with the reason when it is refused for good', async () => {
    await parley.control('POST', 'rules', { match: { path: PATH }, directive: 'fail 400' });
    const job = await transcribed(recordingOf(2));
    expect(job).toMatchObject({ state: 'failed', fault: { code: 'upstream_rejected' } });
    await nothingKept();
  });
});

describe('while it is made', () => {
  const slow = (words: number): Buffer => recordingOf(2, `[[rate 20]] [[tokens ${words}]]`);

  test('its text is heard before its end, and again from any place', async () => {
    const { body } = await post(slow(40));
    const url = `${parley.gateway!.url}/transcriptions/${String(body['id'])}/events`;
    const first = await readEvents(url, { until: ({ event }) => event === 'text' });
    expect(first.at(0)!.data).toEqual({ type: 'state', state: 'queued' });
    expect((await parley.rest('GET', `/transcriptions/${String(body['id'])}`)).body['state']).toBe('running');
    const rest = await readEvents(url, {
      headers: { 'last-event-id': first.at(-1)!.id },
      until: ({ data }) => data['state'] === 'completed',
    });
    const heard = [...first, ...rest].flatMap(({ event, data }) => (event === 'text' ? [data['delta']] : []));
    expect(heard.length).toBeGreaterThan(2);
    expect(heard.join('')).toBe((await ended(body['id']))['text']);
  });

  test('it can be stopped; then nothing is left of the recording', async () => {
    const { body } = await post(slow(2_000));
    const path = `/transcriptions/${String(body['id'])}`;
    await readEvents(`${parley.gateway!.url}${path}/events`, { until: ({ event }) => event === 'text' });
    expect((await parley.rest('DELETE', path)).status).toBe(503);
    expect((await parley.rest('POST', `${path}/cancel`)).body).toMatchObject({ outcome: 'requested' });
    expect(await ended(body['id'])).toMatchObject({ state: 'cancelled' });
    expect((await parley.rest('POST', `${path}/cancel`)).status).toBe(409);
    expect((await parley.rest('DELETE', path)).status).toBe(204);
    expect((await parley.rest('GET', path)).status).toBe(404);
    await nothingKept();
  });
});

test('a recording that a process left behind is removed', async () => {
  const { body } = await post(recordingOf(2));
  await ended(body['id']);
  const key = `${parley.prefix}{documents}:kept`;
  for (let tries = 0; tries < 100 && (await parley.redis.zcard(key)) > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await parley.redis.zcard(key)).toBe(0);
  // Its record is gone, its note is due: as when the process died while it was handed over.
  const id = `transcription_${'0'.repeat(32)}`;
  const place = { tenant: 'default', owner: `transcription:${id}` };
  async function* left(): AsyncGenerator<Buffer> {
    yield recordingOf(1);
  }
  await new LocalObjectStore(parley.directory).put(place, left(), { maxBytes: 1_000_000 });
  expect(onDisk()).toHaveLength(1);
  await parley.redis.zadd(key, 1, `${id} default`);
  for (let tries = 0; tries < 400 && (await parley.redis.zcard(key)) > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 25));
  await nothingKept();
}, 30_000);

describe('goes on', () => {
  test('into a vCon as an analysis, and into an index, from where it can be removed', async () => {
    const uuid = uuidOf('transcribed call');
    const vcon = vconOf(uuid, 'A call', ['Hello.']);
    const put = await parley.rest('PUT', `/vcons/${uuid}`, vcon.text, {
      'content-type': 'application/vcon+json',
    });
    expect(put.status).toBe(200);
    const store = String((await openai('POST', '/vector_stores', { name: 'calls' }))['id']);
    const job = await transcribed(recordingOf(2, '[[say The kettle has a warranty.]]'), {
      vcon: uuid,
      dialog: '0',
      vector_store_id: store,
    });
    expect(job).toMatchObject({
      state: 'completed',
      vcon: { uuid, analysis: 0 },
      index: { vector_store_id: store, file_id: expect.any(String) },
    });
    const kept = (await parley.rest('GET', `/vcons/${uuid}`)).body as {
      analysis: object[];
      dialog: object[];
    };
    expect(kept.analysis).toEqual([
      expect.objectContaining({
        type: 'transcript',
        dialog: 0,
        product: 'gpt-transcribe',
        body: expect.objectContaining({ id: job['id'], text: 'The kettle has a warranty.' }),
      }),
    ]);
    expect(kept.dialog).toHaveLength(1);
    const found = await openai('POST', `/vector_stores/${store}/search`, { query: 'kettle warranty' });
    expect(found['data']).toHaveLength(1);
    expect((await parley.rest('DELETE', `/transcriptions/${String(job['id'])}`)).status).toBe(204);
    expect((await openai('GET', `/vector_stores/${store}/files`))['data']).toEqual([]);
    expect((await parley.rest('DELETE', `/vcons/${uuid}`)).status).toBeLessThan(300);
    await nothingKept();
  });

  test('to a vCon that is not there it fails, and says so', async () => {
    const job = await transcribed(recordingOf(2), { vcon: uuidOf('nobody') });
    expect(job).toMatchObject({
      state: 'failed',
      fault: { code: 'not_found', details: ['vcon: no such vCon is kept'] },
    });
  });
});

describe('is refused', () => {
  test.each([
    [{ format: 'srt' }, /format srt: gpt-transcribe does not say when something is said; use whisper-1/],
    [
      { format: 'diarized_json', model: 'whisper-1' },
      /does not tell speakers apart; use gpt-4o-transcribe-diarize/,
    ],
    [{ model: 'gpt-4o-transcribe-diarize', prompt: 'x' }, /takes no prompt/],
    [{ format: 'docx' }, /format/],
    [{ temperature: 'hot' }, /temperature/],
    [{ vcon: '../../etc/passwd' }, /vcon/],
    [{ secret: '1' }, /unknown member/],
  ])('with %j: by the reason', async (fields, reason) => {
    const { status, body } = await post(recordingOf(1), fields as unknown as Fields);
    expect(status).toBe(400);
    expect(String(body['errors'])).toMatch(reason);
    expect(onDisk()).toEqual([]);
  });

  test('when its content is no recording, whatever it is called', async () => {
    for (const content of ['\x89PNG\r\n\x1a\n', '#EXTM3U\nhttp://10.0.0.1/', '<html>', ''])
      expect((await post(Buffer.from(content, 'latin1'), {}, 'call.mp3')).status).toBe(415);
    expect(onDisk()).toEqual([]);
  });

  test('when the form is none, or not a good one', async () => {
    const files = { files: [{ filepath: '/etc/passwd' }], file: { filepath: '/etc/passwd' } };
    expect((await parley.rest('POST', '/transcriptions', files)).status).toBe(415);
    const raw = (type: string, body: string) =>
      parley.rest('POST', '/transcriptions', body, { 'content-type': type });
    expect((await raw('application/x-parley-recording', 'x')).status).toBe(415);
    expect((await raw('multipart/form-data', 'x')).status).toBe(415);
    expect((await raw('multipart/form-data; charset=utf-8', 'x')).status).toBe(400);
    expect((await raw('multipart/form-data; boundary=b', '--b\r\nno headers')).status).toBe(400);
    const part = (name: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"; filename="a.mp3"\r\n\r\nfLaC....\r\n`;
    expect((await raw('multipart/form-data; boundary=b', `${part('upload')}--b--`)).status).toBe(400);
    expect((await raw('multipart/form-data; boundary=b', `${part('file')}${part('file')}--b--`)).status).toBe(
      400,
    );
    const none = '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--';
    expect((await raw('multipart/form-data; boundary=b', none)).status).toBe(400);
    expect(onDisk()).toEqual([]);
  });

  test('when its sender goes away half-way, without a trace', async () => {
    await new Promise<void>((resolve) => {
      const sending = httpRequest(`${parley.gateway!.url}/transcriptions`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 1_000_000 },
      });
      sending.on('error', () => resolve());
      sending.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n');
      sending.write(recordingOf(2));
      setTimeout(() => sending.destroy(), 300);
    });
    await nothingKept();
  });
});

const withFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined ? test : test.skip;
withFfmpeg(
  'a long one is cut where it is silent, and joined again with times of the whole',
  async () => {
    // 33 minutes: 31 MB, more than one request may carry, and longer than the model takes.
    const { status, body } = await post(recordingOf(2_000), {
      model: 'gpt-4o-transcribe-diarize',
      format: 'diarized_json',
    });
    expect(status).toBe(202);
    const job = await ended(body['id']);
    expect(job).toMatchObject({ state: 'completed', pieces: 2 });
    expect(job['duration']).toBeCloseTo(2_000, 0);
    const calls = (await parley.journal(PATH)).slice(-2) as unknown as Record<string, unknown>[];
    expect(JSON.stringify(calls)).toMatch(/part-1\.mp3.*part-2\.mp3/);
    const { body: made } = await parley.rest('GET', `/transcriptions/${String(job['id'])}/transcript`);
    const segments = made['segments'] as { start: number; end: number; speaker: string }[];
    const second = segments.find(({ speaker }) => speaker.endsWith('(2)'))!;
    // In the middle of a silence, which lasts from 9 to 10 of each ten seconds.
    expect(second.start % 10).toBeGreaterThan(8.9);
    expect(segments.at(-1)!.end).toBeGreaterThan(1_990);
    await nothingKept();
  },
  120_000,
);

test('they are listed in pages, newest or oldest first', async () => {
  const walk = async (order: string): Promise<unknown[]> => {
    const ids: unknown[] = [];
    let after = '';
    do {
      const { body } = await parley.rest(
        'GET',
        `/transcriptions?limit=3&order=${order}${after && `&after=${after}`}`,
      );
      ids.push(...(body['items'] as Record<string, unknown>[]).map(({ id }) => id));
      after = String(body['next'] ?? '');
    } while (after !== '');
    return ids;
  };
  const oldest = await walk('asc');
  expect(oldest.length).toBeGreaterThan(5);
  expect(new Set(oldest).size).toBe(oldest.length);
  expect((await walk('desc')).toReversed()).toEqual(oldest);
  expect((await parley.rest('GET', '/transcriptions?after=nothing')).status).toBe(400);
});

describe('on the command line', () => {
  const cli = (...args: string[]) => parley.cli(['transcriptions', ...args]);
  const file = (content: Buffer): string => {
    const path = join(tmpdir(), `parley-cli-${process.pid}.wav`);
    writeFileSync(path, content);
    return path;
  };
  afterAll(() => rmSync(join(tmpdir(), `parley-cli-${process.pid}.wav`), { force: true }));

  test('a recording is written down, looked at and removed', async () => {
    const path = file(recordingOf(3, '[[say One. Two.]]'));
    expect(await cli('create', path)).toMatchObject({ code: 0, stdout: 'One. Two.\n' });
    expect((await cli('create', path, '--model', 'whisper-1', '--format', 'srt')).stdout).toMatch(
      /^1\n00:00:00,000 --> /,
    );
    const { items } = JSON.parse((await cli('list', '--json', '--limit', '1')).stdout) as {
      items: { id: string }[];
    };
    const { id } = items[0]!;
    expect((await cli('get', id)).stdout).toMatch(/^1\n00:00:00,000 --> /);
    expect(await cli('cancel', id)).toMatchObject({ code: 1, stdout: 'already_finished\n' });
    expect(await cli('delete', id)).toMatchObject({ code: 0 });
    expect(await cli('get', id)).toMatchObject({ code: 1 });
  }, 60_000);

  test('what cannot be done is told with its reason', async () => {
    const refused = await cli('create', file(recordingOf(1)), '--format', 'vtt');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('gpt-transcribe does not say when something is said; use whisper-1');
    expect((await cli('create', file(Buffer.from('%PDF-1.7')))).stderr).toContain(
      'its content must be flac, mp3',
    );
    expect((await cli('create', '/nowhere')).stderr).toContain('there is no such file');
  }, 60_000);
});

withFfmpeg(
  'a gateway that is killed in between costs no piece twice, and leaves nothing on disk',
  async () => {
    const before = (await parley.journal(PATH)).length;
    // The second piece takes its time.
    await parley.control('POST', 'rules', { match: { path: PATH }, directive: 'ttft 1', times: 1 });
    await parley.control('POST', 'rules', { match: { path: PATH }, directive: 'ttft 6000', times: 2 });
    const { body } = await post(recordingOf(2_000), { model: 'gpt-4o-transcribe-diarize' });
    const url = `${parley.gateway!.url}/transcriptions/${String(body['id'])}/events`;
    await readEvents(url, { until: ({ data }) => data['done'] === 1, waitMs: 60_000 });
    expect((await parley.rest('GET', '/usage/ledger?limit=1')).status).toBe(200);
    await parley.gateway!.kill9();
    const again = await parley.gateway!.again();
    try {
      const job = await ended(body['id']);
      expect(job).toMatchObject({ state: 'completed', pieces: 2 });
      const asked = JSON.stringify((await parley.journal(PATH)).slice(before)).match(/part-\d\.mp3/g);
      expect(asked).toEqual(['part-1.mp3', 'part-2.mp3', 'part-2.mp3']);
      await nothingKept();
    } finally {
      await again.stop();
    }
  },
  120_000,
);
