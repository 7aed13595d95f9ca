// vCons of every form and draft: what is taken, what is refused and where, and what of it is rendered.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, GeneralEncrypt, GeneralSign } from 'jose';
import { readVcon, type ReadOptions } from './read-vcon.js';
import { renderVcon } from './render-vcon.js';
import { SIGNED } from './signed.fixture.js';

const UUID = '0195b7a7-1237-8dc8-9dd8-dd37220d739c';
const base = {
  vcon: '0.4.0',
  uuid: UUID,
  created_at: '2025-03-02T13:47:00-05:00',
  subject: 'A broken fence',
  parties: [
    { name: 'Ada', mailto: 'ada@example.com' },
    { name: 'Bob', tel: '+15550001111' },
  ],
  dialog: [
    {
      type: 'text',
      start: '2025-03-02T13:00:00Z',
      parties: [0],
      originator: 0,
      mediatype: 'text/plain',
      encoding: 'none',
      body: 'The fence is broken.',
    },
  ],
};
const read = (value: object, options?: ReadOptions) => readVcon(Buffer.from(JSON.stringify(value)), options);
const issuesOf = async (value: object, options?: ReadOptions): Promise<string[]> => {
  try {
    return (await read(value, options)).parsed.warnings.map(({ path, rule }) => `warning ${path} ${rule}`);
  } catch (error) {
    return (error as { issues: { path: string; rule: string }[] }).issues.map(
      ({ path, rule }) => `${path} ${rule}`,
    );
  }
};
const dialog = (more: object) => ({ ...base, dialog: [{ ...base.dialog[0], ...more }] });

describe('an unsigned vCon', () => {
  test('of the current draft is taken as it is, packed too, in strictness too', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...base, x_extra: { kept: [1] } }));
    const { parsed, original } = await readVcon(gzipSync(bytes), { strict: true });
    expect(parsed).toMatchObject({
      form: 'unsigned',
      uuid: UUID,
      warnings: [],
      vcon: { x_extra: { kept: [1] } },
    });
    expect(original.equals(bytes)).toBe(true);
  });

  test('of an older draft is read in the current names; what is told names where it stood', async () => {
    const { mediatype, ...older } = base.dialog[0]!;
    const vcon = {
      ...base,
      vcon: '0.0.1',
      redacted: {},
      appended: null,
      created_at: '2025-03-02T13:47:00',
      dialog: [{ ...older, mimetype: mediatype }],
      attachments: [{ type: 'note', encoding: 'none', body: 'x' }],
    };
    expect(await issuesOf(vcon)).toEqual([
      'warning $.redacted empty',
      'warning $.dialog[0].mimetype older_name',
      'warning $.attachments[0].type attachment',
      'warning $.vcon version',
      'warning $.created_at no_offset',
    ]);
    expect((await read(vcon)).parsed.vcon!.dialog![0]).toMatchObject({ mediatype: 'text/plain' });
    expect(await issuesOf(vcon, { strict: true })).toContain('$.dialog[0].mimetype older_name');
  });

  test.each<[object, string]>([
    [{ ...base, uuid: '../../etc/x' }, '$.uuid uuid'],
    [{ ...base, parties: null }, '$.parties array'],
    [{ ...base, analysis: 'text' }, '$.analysis array'],
    [{ ...base, parties: ['Ada'] }, '$.parties[0] object'],
    [{ ...base, created_at: 'yesterday' }, '$.created_at date_time'],
    [{ ...base, critical: ['unheard-of'] }, '$.critical[0] critical'],
    [{ ...base, redacted: { uuid: UUID }, amended: { uuid: UUID } }, '$.amended exclusive'],
    [{ ...base, redacted: { uuid: UUID }, appended: { uuid: UUID } }, '$.appended exclusive'],
    [{ ...base, analysis: [{ type: 'summary', dialog: 1 }] }, '$.analysis[0].dialog dialog_index'],
    [dialog({ parties: [0, 2] }), '$.dialog[0].parties[1] index'],
    [dialog({ originator: -1 }), '$.dialog[0].originator index'],
    [dialog({ duration: 'long' }), '$.dialog[0].duration duration'],
    [dialog({ mediatype: 'no type!' }), '$.dialog[0].mediatype media_type'],
    [dialog({ url: 'not-a-url' }), '$.dialog[0].url url'],
    [dialog({ encoding: 'base64' }), '$.dialog[0].encoding encoding'],
    [dialog({ encoding: 'base64url', body: 'a+b/' }), '$.dialog[0].body body'],
  ])('%# is refused where nobody can make sense of it', async (vcon, issue) => {
    expect(await issuesOf(vcon)).toContain(issue);
  });

  test('that is a bomb, or no vCon at all, is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(2_000_000, 0x20));
    await expect(readVcon(bomb, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'too_large' });
    await expect(readVcon(Buffer.from([0x1f, 0x8b, 1]))).rejects.toMatchObject({ code: 'invalid_encoding' });
    await expect(readVcon(Buffer.from('null'))).rejects.toMatchObject({ code: 'vcon_invalid' });
    await expect(readVcon(Buffer.from('{"uuid":'))).rejects.toMatchObject({ code: 'invalid_json' });
  });
});

describe('a signed vCon', () => {
  const sign = async (payload: object, uuid = UUID) => {
    const { privateKey } = await generateKeyPair('ES256');
    const signing = new GeneralSign(Buffer.from(JSON.stringify(payload)));
    signing.addSignature(privateKey).setProtectedHeader({ alg: 'ES256' }).setUnprotectedHeader({ uuid });
    return signing.sign();
  };

  test('whose signature cannot be verified is taken with a warning, and not in strictness', async () => {
    const signed = await sign(base);
    const { parsed } = await read(signed);
    expect(parsed).toMatchObject({
      form: 'signed',
      uuid: UUID,
      signatures: [{ verified: false, alg: 'ES256', chain: [] }],
    });
    expect(parsed.warnings).toMatchObject([{ path: '$.signatures[0]', rule: 'signature' }]);
    expect(await issuesOf(signed, { strict: true })).toEqual(['$.signatures[0] signature']);
  });

  test('with its certificate is verified, packed and with headers that are there twice', async () => {
    const { parsed } = await read(SIGNED, { strict: true });
    expect(parsed).toMatchObject({
      form: 'signed',
      uuid: UUID,
      warnings: [],
      vcon: { dialog: [{ body: 'The fence is mended.' }] },
      signatures: [{ verified: true, alg: 'ES256', chain: ['O=Parley, CN=vcon.example.com'] }],
    });
  });

  test('is held to what is protected, whatever is said beside it', async () => {
    const [one] = SIGNED.signatures;
    const header = { ...one!.header, alg: 'HS256', x5c: [] };
    const { parsed } = await read({ ...SIGNED, signatures: [{ ...one, header }] });
    expect(parsed.signatures).toMatchObject([{ verified: true, alg: 'ES256' }]);
    const payload = Buffer.from(JSON.stringify(base)).toString('base64url');
    expect(await issuesOf({ ...SIGNED, payload })).toEqual(['warning $.signatures[0] signature']);
    expect(await issuesOf({ ...SIGNED, payload }, { strict: true })).toEqual(['$.signatures[0] signature']);
  });

  test('that says another uuid beside its content than inside is refused', async () => {
    expect(await issuesOf(await sign(base, '0195b7a7-1237-8dc8-9dd8-000000000000'))).toEqual([
      '$.unprotected.uuid uuid',
    ]);
  });
});

describe('an encrypted vCon', () => {
  const encrypt = async () => {
    const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
    const jwe = await new GeneralEncrypt(Buffer.from(JSON.stringify(base)))
      .setProtectedHeader({ enc: 'A256GCM' })
      .setSharedUnprotectedHeader({ uuid: UUID })
      .addRecipient(publicKey)
      .setUnprotectedHeader({ alg: 'RSA-OAEP-256' })
      .encrypt();
    return { jwe, key: { ...(await exportJWK(privateKey)), alg: 'RSA-OAEP-256' } };
  };

  test('is opened where its headers are there twice, as in the examples of the draft', async () => {
    const { jwe, key } = await encrypt();
    const recipients = jwe.recipients.map((one) => ({ ...one, header: { ...one.header, enc: 'A256GCM' } }));
    const twice = { ...jwe, recipients, unprotected: { ...jwe.unprotected, enc: 'A256GCM' } };
    expect((await read(twice, { keys: [key] })).parsed).toMatchObject({ uuid: UUID, vcon: { uuid: UUID } });
  });

  test('is opened by its key, and kept under its uuid without', async () => {
    const { jwe, key } = await encrypt();
    const other = (await encrypt()).key;
    expect((await read(jwe, { keys: [other, key] })).parsed).toMatchObject({
      form: 'encrypted',
      uuid: UUID,
      vcon: { subject: 'A broken fence' },
    });
    const { parsed } = await read(jwe, { keys: [other] });
    expect(parsed).toEqual({ form: 'encrypted', uuid: UUID, warnings: [], signatures: [] });
  });
});

test('what is rendered is words, of whom, and from which dialog; neither media nor hashes', async () => {
  const wave = Buffer.alloc(3_000, 7).toString('base64url');
  const { parsed } = await read({
    ...base,
    dialog: [
      ...base.dialog,
      {
        type: 'recording',
        start: '2025-03-02T13:00:00Z',
        parties: [0, 1],
        mediatype: 'audio/x-wav',
        encoding: 'base64url',
        body: wave,
      },
    ],
    analysis: [
      {
        type: 'transcript',
        dialog: 1,
        encoding: 'json',
        body: JSON.stringify([
          { speaker: 'Bob', message: `It fell over. ${'a'.repeat(500)}` },
          { speaker: 'Ada', message: 'Why?' },
        ]),
      },
      { type: 'summary', dialog: [0, 1], encoding: 'none', body: 'A fence fell over.' },
    ],
  });
  const { text, spans } = renderVcon(parsed.vcon!);
  const page = JSON.parse(text) as Record<string, unknown>;
  expect(page).toEqual({
    uuid: UUID,
    created_at: base.created_at,
    subject: 'A broken fence',
    parties: base.parties,
    dialog: [
      { dialog: 0, type: 'text', start: '2025-03-02T13:00:00Z', from: 'Ada', text: 'The fence is broken.' },
    ],
    analysis: [
      { analysis: 0, type: 'transcript', dialog: 1, text: 'Bob: It fell over. […]\nAda: Why?' },
      { analysis: 1, type: 'summary', text: 'A fence fell over.' },
    ],
  });
  const from = spans.map(({ start, end, ...of }) => [text.slice(start, end).includes('fell'), of]);
  expect(from.slice(2)).toEqual([
    [false, { dialog: 0 }],
    [true, { analysis: 0, dialog: 1 }],
    [true, { analysis: 1 }],
  ]);
  expect(renderVcon(parsed.vcon!)).toEqual({ text, spans });
});
