// Real sound through the real ffmpeg: cut where it is silent, each piece readable by itself, and disguised files harmless.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audioKind, type AudioKind } from './audio-kind.js';
import { Ffmpeg } from './ffmpeg.js';
import { splitAudio } from './split-audio.js';

const ffmpeg = new Ffmpeg('ffmpeg', 60_000);
const present = await ffmpeg.available();
const where = present ? describe : describe.skip;
if (!present)
  process.stderr.write(
    'SKIPPED: splitting of sound; there is no ffmpeg here and it could not be installed\n',
  );

let dir: string;
let alone: number;
const signal = new AbortController().signal;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-split-'));
  alone = 0;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A tone for 4 s, silence for 1 s, again and again. */
const sound = (seconds: number, kind: AudioKind): string => {
  const path = join(dir, `in-${seconds}.${kind}`);
  const tone = `aevalsrc=if(lt(mod(t\\,5)\\,4)\\,0.3*sin(880*t)\\,0):s=16000:d=${seconds}`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', tone, path]);
  return path;
};
const split = (kind: AudioKind, path: string, more: object = {}) =>
  splitAudio(ffmpeg, {
    kind,
    path,
    bytes: statSync(path).size,
    dir: mkdtempSync(join(dir, `${alone++}-`)),
    longest: 12,
    most: 3_600,
    signal,
    ...more,
  });

where('splitting', () => {
  test.each(['wav', 'm4a', 'webm', 'ogg', 'flac', 'mp3', 'mpeg'] as const)(
    '%s is cut in its silences',
    async (kind) => {
      const parts = (await split(kind, sound(30, kind)))!;
      expect(parts.map(({ offset }) => Math.round(offset * 2) / 2)).toEqual([0, 9.5, 19.5]);
      expect(parts.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(30, 0);
      for (const { path } of parts) {
        expect(audioKind(readFileSync(path).subarray(0, 4_096))).toBe('mp3');
        expect(statSync(path).mode & 0o777).toBe(0o600);
      }
    },
  );

  test('what is short goes as it is, unless it has too many bytes', async () => {
    const path = sound(10, 'wav');
    expect(await split('wav', path)).toBeUndefined();
    const [part, ...others] = (await split('wav', path, { bytes: 30 * 1024 * 1024 }))!;
    expect(others).toEqual([]);
    expect(statSync(part!.path).size).toBeLessThan(100_000);
  });

  test('what goes on for too long, or is no sound, is refused', async () => {
    await expect(split('wav', sound(30, 'wav'), { most: 20 })).rejects.toMatchObject({ code: 'too_large' });
    const broken = join(dir, 'broken.wav');
    writeFileSync(broken, 'RIFF\x24\0\0\0WAVEjunk and nothing else');
    await expect(split('wav', broken)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('a call that is not wanted any more leaves no process behind', async () => {
    await expect(split('wav', sound(30, 'wav'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'run_cancelled',
    });
  });
});

where('a playlist in the clothes of sound', () => {
  let server: Server;
  let asked = 0;
  beforeAll(async () => {
    server = createServer((_, response) => {
      asked++;
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => void server.close());

  test.each(['mp3', 'wav', 'm4a', 'ogg', 'webm'] as const)(
    'passed off as %s fetches nothing',
    async (kind) => {
      const { port } = server.address() as AddressInfo;
      const path = join(dir, `list.${kind}`);
      writeFileSync(
        path,
        `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:${port}/x.ts\n#EXT-X-ENDLIST\n`,
      );
      await expect(split(kind, path)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(asked).toBe(0);
    },
  );
});
