// A conversation leaves a channel as a vCon, and begins another channel's with what was said.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const TYPE = { 'content-type': 'application/vcon+json' };

describe.each(['redis', 'openai'])('with transcripts in %s', (TRANSCRIPT_STORE) => {
  let parley: ParleySystem;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'parley-channel-vcons-'));
    parley = await startSystem({
      streams: ['ingress,worker,delivery'],
      env: { STORAGE_DIR: directory, TRANSCRIPT_STORE },
    });
  }, 90_000);
  afterAll(async () => {
    await parley?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 30_000);

  const say = async (channel: string, id: string, text: string): Promise<string> => {
    const watcher = await parley.subscribe(channel);
    await parley.publish(channel, id, text);
    return String((await watcher.answer(id)).at(-1)!['message']);
  };
  const save = async (text: string): Promise<void> => {
    const { status } = await parley.rest('POST', '/vcons', text, TYPE);
    expect(status).toBe(201);
  };

  test('an exported conversation is a vCon that can be saved, and goes on elsewhere', async () => {
    await say('ada', 'm-1', 'my name is Ada');
    const { status, body } = await parley.rest('GET', '/channels/ada/vcon');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      vcon: '0.4.0',
      parties: [{ role: 'user' }, { role: 'assistant' }],
      dialog: [
        { type: 'text', parties: 0, body: 'my name is Ada', message_id: 'm-1', start: expect.any(String) },
        { type: 'text', parties: 1, body: 'You said: my name is Ada' },
      ],
    });
    const strict = await parley.rest('POST', '/vcons?strict=true', JSON.stringify(body), TYPE);
    expect(strict.status).toBe(201);
    const begun = await parley.rest('POST', `/vcons/${String(body['uuid'])}/thread`, {
      channel: 'ada-again',
    });
    expect(begun.status).toBe(201);
    expect(begun.body).toMatchObject({ channel: 'ada-again', turns: 2, left_out: 0 });
    expect(await say('ada-again', 'm-2', 'what is my name?')).toContain('Earlier you said: my name is Ada');
    const history = await parley.rest('GET', '/channels/ada-again/messages');
    expect((history.body['items'] as { text: string }[]).map(({ text }) => text).slice(0, 3)).toEqual([
      'my name is Ada',
      'You said: my name is Ada',
      'what is my name?',
    ]);
  });

  test('a call that was saved is the past of a channel, once', async () => {
    const call = vconOf(uuidOf(`call-${TRANSCRIPT_STORE}`), 'A kettle', ['my name is Cleo', 'Hello Cleo.']);
    await save(call.text);
    const begin = (): Promise<{ status: number; body: Record<string, unknown> }> =>
      parley.rest('POST', `/vcons/${call.uuid}/thread`, { channel: 'kettle' });
    const answers = await Promise.all(Array.from({ length: 5 }, begin));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'thread_exists' });
    expect(await say('kettle', 'm-1', 'what is my name?')).toContain('Earlier you said: my name is Cleo');
    expect((await begin()).status).toBe(409);
  });

  test('the command line does both', async () => {
    const cli = async (...args: string[]) =>
      JSON.parse(await parley.cliAnswer(...args)) as Record<string, unknown>;
    await say('typed', 'm-1', 'my name is Dora');
    const vcon = await cli('channels', 'export-vcon', 'typed');
    expect(vcon).toEqual((await parley.rest('GET', '/channels/typed/vcon')).body);
    await save(JSON.stringify(vcon));
    const started = await cli('channels', 'start-from-vcon', 'typed-again', String(vcon['uuid']), '--json');
    expect(started).toMatchObject({ channel: 'typed-again', turns: 2 });
    expect(await say('typed-again', 'm-2', 'what is my name?')).toContain('my name is Dora');
  }, 30_000);

  test('what cannot be a past is refused', async () => {
    expect((await parley.rest('GET', '/channels/nobody/vcon')).status).toBe(404);
    const unknown = await parley.rest('POST', `/vcons/${uuidOf('unknown')}/thread`, { channel: 'a' });
    expect(unknown.status).toBe(404);
    const silent = vconOf(uuidOf(`silent-${TRANSCRIPT_STORE}`), 'Nothing', []);
    await save(silent.text);
    const refused = await parley.rest('POST', `/vcons/${silent.uuid}/thread`, { channel: 'a' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'vcon_invalid' } });
    const wrong = await parley.rest('POST', `/vcons/${silent.uuid}/thread`, { channel: 'a', more: 1 });
    expect(wrong.status).toBe(400);
    expect((await parley.rest('GET', '/channels/a')).status).toBe(404);
  });
});

test('a past that the provider keeps is masked before it gets there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-channel-vcons-'));
  const parley = await startSystem({
    streams: [],
    env: { STORAGE_DIR: directory, TRANSCRIPT_STORE: 'openai', PII_MODE: 'mask' },
  });
  try {
    const call = vconOf(uuidOf('masked'), 'A kettle', ['write to ada.canary@example.org', 'I will.']);
    expect((await parley.rest('POST', '/vcons', call.text, TYPE)).status).toBe(201);
    const begun = await parley.rest('POST', `/vcons/${call.uuid}/thread`, { channel: 'masked' });
    expect(begun.status).toBe(201);
    const sent = JSON.stringify(await parley.journal('/v1/conversations'));
    expect(sent).toContain('[EMAIL]');
    expect(sent).not.toContain('ada.canary');
  } finally {
    await parley.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
