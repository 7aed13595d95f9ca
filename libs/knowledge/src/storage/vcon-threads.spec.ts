// What is read in a thread is what is read here, errors and all; and a thread that dies or grows too large takes nobody with it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { exportJWK, GeneralEncrypt, generateKeyPair } from 'jose';
import { uuidOf, vconOf } from '../../../../test/support/vcon-fixture.js';
import type { ReadOptions } from '../vcon/read-vcon.js';
import { SIGNED } from '../vcon/signed.fixture.js';
import { studyVcon, type VconStudy, type VconWishes } from './study-vcon.js';
import { VconThreads, type VconThreadLimits } from './vcon-threads.js';

let threads: VconThreads;
const begin = (limits: Partial<VconThreadLimits> = {}): VconThreads => (threads = new VconThreads(limits));
afterEach(() => threads.onApplicationShutdown());

const ALL: VconWishes = {
  index: { tenant: 'acme', attributes: { project: 'bridge' } },
  rendering: true,
  turns: { turns: 3, bytes: 2_000 },
};
const study = (text: string | Buffer, options: ReadOptions = {}, wishes = ALL) =>
  threads.study({ bytes: Buffer.from(text), options, wishes });
async function alike(text: string | Buffer, options: ReadOptions = {}): Promise<VconStudy | undefined> {
  const [here, there] = await Promise.allSettled([
    studyVcon(Buffer.from(text), options, ALL),
    study(text, options),
  ]);
  expect(there).toEqual(here);
  if (here.status === 'fulfilled') return here.value;
  const { code, message, details, issues, constructor } = here.reason;
  expect((there as PromiseRejectedResult).reason).toMatchObject({ code, message, details, constructor });
  expect((there as PromiseRejectedResult).reason.issues).toEqual(issues);
  return undefined;
}
const vcon = (lines: readonly string[], more = {}) => vconOf(uuidOf('thread'), 'Subject', lines, more).text;

test('any vCon, and anything else, is the same in a thread', async () => {
  begin();
  const line = fc.string({ unit: 'grapheme', maxLength: 400 });
  const odd = fc.record(
    {
      subject: fc.oneof({ weight: 4, arbitrary: line }, fc.jsonValue()),
      parties: fc.array(fc.record({ tel: line, mailto: fc.emailAddress() }, { requiredKeys: [] })),
      attachments: fc.array(fc.record({ type: fc.constant('tags'), body: fc.jsonValue() })),
      analysis: fc.array(fc.record({ type: line, body: fc.jsonValue() })),
      created_at: fc.oneof({ weight: 4, arbitrary: fc.constant('2026-03-01T10:00:00Z') }, line),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.array(line), odd).map(([lines, more]) => vcon(lines, more)) },
    fc.json(),
    line,
  );
  const taken = { yes: 0, no: 0 };
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), fc.boolean(), async (one, packed, strict) => {
      taken[(await alike(packed ? gzipSync(one) : one, { strict })) ? 'yes' : 'no'] += 1;
    }),
    { numRuns: 200 },
  );
  expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(10);
}, 60_000);

test('so is one that is signed, encrypted, large, or larger than it may be', async () => {
  begin();
  expect((await alike(JSON.stringify(SIGNED)))!.signatures[0]!.verified).toBe(true);
  const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
  const jwe = new GeneralEncrypt(new TextEncoder().encode(vcon(['sealed'])))
    .setProtectedHeader({ enc: 'A256GCM' })
    .setSharedUnprotectedHeader({ uuid: uuidOf('thread') } as never);
  const sealed = JSON.stringify(
    await jwe.addRecipient(publicKey).setUnprotectedHeader({ alg: 'RSA-OAEP-256' }).encrypt(),
  );
  const opened = await alike(sealed, { keys: [{ ...(await exportJWK(privateKey)), alg: 'RSA-OAEP-256' }] });
  expect(opened).toMatchObject({ form: 'encrypted', contacts: expect.arrayContaining(['+15550100777']) });
  expect(opened).not.toHaveProperty('index');
  expect((await alike(sealed))!.contacts).toEqual([]);
  const large = vcon(Array.from({ length: 500 }, (_, i) => `${i} `.repeat(100)));
  expect((await alike(large))!.index!.content.length).toBeGreaterThan(100_000);
  expect(await alike(gzipSync(large), { maxBytes: 100_000 })).toBeUndefined();
}, 30_000);

test('the bytes go over, and the result comes back, without a copy', async () => {
  begin();
  const bytes = Buffer.from(vcon(['x'.repeat(500_000)]));
  const { length } = bytes;
  const { original } = await threads.study({ bytes, options: {}, wishes: {} });
  expect([bytes.length, original.length, original.buffer.byteLength]).toEqual([0, length, length]);
});

test('one that takes too much memory is refused, and the others are read', async () => {
  begin({ heap: 48, threads: 1 });
  const large = vcon(Array.from({ length: 40_000 }, (_, i) => `€ ${i} `.repeat(40)));
  const [first, outgrown, last] = await Promise.allSettled([
    study(vcon(['a'])),
    study(large),
    study(vcon(['b'])),
  ]);
  expect([first.status, last.status]).toEqual(['fulfilled', 'fulfilled']);
  expect((outgrown as PromiseRejectedResult).reason).toMatchObject({ code: 'too_complex' });
}, 30_000);

test('a thread that dies, throws or never ends fails its own vCon alone', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'thread-'));
  const file = join(directory, 'thread.mjs');
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
     parentPort.on('message', ({ bytes }) => {
       const text = Buffer.from(bytes).toString();
       if (text === 'die') process.exit(7);
       if (text === 'throw') throw new TypeError('of something');
       while (text === 'hang');
       parentPort.postMessage({ refusal: { code: 'vcon_invalid', message: text + Object.keys(process.env), details: [] } });
     });`,
  );
  try {
    begin({ file, ms: 1_000 });
    const codes = await Promise.all(
      ['die', 'fine', 'throw', 'fine', 'hang', 'fine'].map((text) =>
        study(text).catch(({ code, message }: { code: string; message: string }) => `${code} ${message}`),
      ),
    );
    const died = 'internal unable to read vCon; its thread died';
    expect(codes.toSpliced(4, 1)).toEqual([
      died,
      'vcon_invalid fine',
      died,
      'vcon_invalid fine',
      'vcon_invalid fine',
    ]);
    expect(codes[4]).toMatch(/^too_complex/);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 30_000);

test('what is more than may wait is told to come again, and then is taken', async () => {
  const text = vcon(['a'.repeat(10_000)]);
  begin({ bytes: 3 * text.length });
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => study(text)));
  const refused = all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(refused.map(({ reason }) => [reason.code, reason.retryAfterMs])).toEqual([
    ['busy', 2_000],
    ['busy', 2_000],
  ]);
  expect((await study(text)).uuid).toBe(uuidOf('thread'));
});

test('at the end what is under way is finished, and no thread is left', async () => {
  begin();
  const under = study(vcon(['a']));
  await threads.onApplicationShutdown();
  expect((await under).uuid).toBe(uuidOf('thread'));
});
