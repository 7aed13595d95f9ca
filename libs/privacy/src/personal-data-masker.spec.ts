// Round trips and streams, for every text and every way to cut it.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PII_KINDS } from '#config';
import { readCorpus } from './corpus.js';
import { maskJson, restoreJson } from './mask-json.js';
import { PersonalDataMasker } from './personal-data-masker.js';
import { PlaceholderStream } from './placeholder-stream.js';

const placeholders = () => new PersonalDataMasker({ mode: 'placeholder' });
/** Pieces that placeholders, lookalikes and data are made of. */
const pieces = fc.constantFrom(
  '[',
  ']',
  '[EMAIL_1]',
  '[EMAIL_2]',
  '[EMAIL_',
  '[TEXT_1]',
  '_',
  '1',
  '0',
  '12',
  'EMAIL',
  'PHONE',
  '[[',
  ' ',
  '"',
  '\\',
  '\n',
  'x',
  'a@b.example',
  'c@d.example',
  '+14155552671',
  '192.0.2.1',
  'DE89370400440532013000',
);
const texts = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(''));

describe('PersonalDataMasker', () => {
  it('numbers by first appearance, and the same value alike', () => {
    const masker = placeholders();
    expect(masker.mask('a@b.example, c@d.example, 192.0.2.1')).toBe('[EMAIL_1], [EMAIL_2], [IP_1]');
    expect(masker.mask('c@d.example again, e@f.example')).toBe('[EMAIL_2] again, [EMAIL_3]');
    expect(masker.restore('To [EMAIL_3] and [EMAIL_1][EMAIL_1], not [EMAIL_4] or [EMAIL_01]')).toBe(
      'To e@f.example and a@b.examplea@b.example, not [EMAIL_4] or [EMAIL_01]',
    );
  });

  it('tells what a person wrote from what stands for a value', () => {
    const masker = placeholders();
    expect(masker.mask('a@b.example and [EMAIL_1]')).toBe('[EMAIL_1] and [TEXT_1]');
    expect(masker.restore('[TEXT_1] is [EMAIL_1]')).toBe('[EMAIL_1] is a@b.example');
  });

  it('masks for good, or not at all', () => {
    const text = 'a@b.example [EMAIL_1] 192.0.2.1';
    const mask = new PersonalDataMasker({ mode: 'mask' });
    expect(mask.mask(text)).toBe('[EMAIL] [EMAIL_1] [IP]');
    expect(mask.restore('[EMAIL] [EMAIL_1]')).toBe('[EMAIL] [EMAIL_1]');
    expect(new PersonalDataMasker({ mode: 'off' }).mask(text)).toBe(text);
    expect(new PersonalDataMasker({ mode: 'mask', kinds: ['ip'] }).mask(text)).toBe(
      'a@b.example [EMAIL_1] [IP]',
    );
  });

  it('gives every text back, also one that it has masked itself, and twice the same', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), (conversation) => {
        const masker = placeholders();
        const masked = conversation.map((text) => masker.mask(text));
        expect(masked.map((text) => masker.restore(text))).toEqual(conversation);
        const again = placeholders();
        expect(conversation.map((text) => again.mask(text))).toEqual(masked);
        for (const text of masked) expect(masker.restore(masker.mask(text))).toBe(text);
      }),
    );
    for (const { text } of readCorpus()) {
      const masker = placeholders();
      expect(masker.restore(masker.mask(text))).toBe(text);
    }
  });
});

describe('PlaceholderStream', () => {
  const answers = [
    'Write to [EMAIL_1] or [EMAIL_12], [[EMAIL_2]] and [EMAIL_99], then [PHONE_1]',
    '[EMAIL_1',
    '[',
    'a [EMAIL',
    '[EMAIL_[EMAIL_1]]',
    '[EMAIL_1][EMAIL_1][TEXT_1]',
    'x[y] [Z_1] nothing of it',
    '',
  ];
  const masker = placeholders();
  masker.mask(`${Array.from({ length: 12 }, (_, i) => `u${i}@x.example`).join(' ')} +14155552671 [EMAIL_3]`);

  const stream = (chunks: readonly string[]): string => {
    const restorer = new PlaceholderStream(masker);
    const out = chunks.map((chunk) => restorer.push(chunk)).join('') + restorer.flush();
    expect(restorer.pending).toBe(false);
    return out;
  };

  it.each(answers)('is exact under every cut into three of %j', (answer) => {
    const whole = masker.restore(answer);
    for (let i = 0; i <= answer.length; i++)
      for (let j = i; j <= answer.length; j++)
        expect(stream([answer.slice(0, i), answer.slice(i, j), answer.slice(j)])).toBe(whole);
    expect(stream([...answer])).toBe(whole);
  });

  it('is exact for any answer cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(texts), (chunks) => {
        expect(stream(chunks)).toBe(masker.restore(chunks.join('')));
      }),
    );
  });

  it.each([
    ['[EM', true],
    ['[EMAIL_1', true],
    ['[EMAIL_12', true],
    ['[PHONE_', true],
    ['[EMAIL_13', false],
    ['[EMAIL_0', false],
    ['[PHONE_2', false],
    ['[IBAN', false],
    ['[EMAIL_1x', false],
    ['[a', false],
    ['[EMAIL_1]', false],
  ])('holds back the end of %j: %s', (text, pending) => {
    const restorer = new PlaceholderStream(masker);
    const out = restorer.push(`so ${text}`);
    expect([restorer.pending, out.startsWith('so ')]).toEqual([pending, true]);
    if (pending) expect([out, restorer.flush()]).toEqual(['so ', text]);
  });
});

describe('JSON', () => {
  it('is masked as what its strings say, and comes back as it was', () => {
    const masker = placeholders();
    const json =
      '{"to": "a\\u0040b.example", "text":"Tel:\\n+14155552671", "pan":4111111111111111, "n":[1.5e3,-2]}';
    expect(maskJson(masker, json)).toBe(
      '{"to": "[EMAIL_1]", "text":"Tel:\\n[PHONE_1]", "pan":"[CARD_1]", "n":[1.5e3,-2]}',
    );
    expect(JSON.parse(restoreJson(masker, maskJson(masker, json)))).toEqual({
      ...(JSON.parse(json) as object),
      pan: '4111111111111111',
    });
  });

  it('loses no number with personal data in it', () => {
    const masker = placeholders();
    const masked = maskJson(masker, '{"pan":-4111111111111111,"n":[1,4111111111111111,4155552671]}');
    expect(masked).toBe('{"pan":"[CARD_1]","n":[1,"[CARD_2]",4155552671]}');
    expect(restoreJson(masker, masked)).toBe(
      '{"pan":"-4111111111111111","n":[1,"4111111111111111",4155552671]}',
    );
  });

  it('stays JSON with any value and under any cut', () => {
    fc.assert(
      fc.property(fc.dictionary(texts, texts), fc.nat(40), (document, cut) => {
        const masker = placeholders();
        const json = JSON.stringify(document);
        const masked = maskJson(masker, json);
        expect(JSON.parse(masked)).toBeInstanceOf(Object);
        expect(restoreJson(masker, masked)).toBe(json);
        const restorer = new PlaceholderStream(masker, { json: true });
        expect(
          restorer.push(masked.slice(0, cut)) + restorer.push(masked.slice(cut)) + restorer.flush(),
        ).toBe(json);
      }),
    );
  });

  it('escapes a key of several lines', () => {
    const masker = placeholders();
    const key = '-----BEGIN PRIVATE KEY-----\nMII"x\\\n-----END PRIVATE KEY-----';
    const placeholder = masker.mask(key);
    expect(JSON.parse(restoreJson(masker, JSON.stringify({ key: placeholder })))).toEqual({ key });
  });

  it('escapes a value exactly, however the stream cuts its placeholder', () => {
    const masker = placeholders();
    const values = ['-----BEGIN PRIVATE KEY-----\nMII"x\\\n-----END PRIVATE KEY-----', 'a@b.example'];
    const masked = JSON.stringify({
      to: `[x] ${values.map((value) => masker.mask(value)).join('')} [EMAIL_9`,
    });
    for (let i = 0; i <= masked.length; i++)
      for (let j = i; j <= masked.length; j++) {
        const stream = new PlaceholderStream(masker, { json: true });
        const pieces = [masked.slice(0, i), masked.slice(i, j), masked.slice(j)];
        const out = pieces.map((piece) => stream.push(piece)).join('') + stream.flush();
        expect(JSON.parse(out)).toEqual({ to: `[x] ${values.join('')} [EMAIL_9` });
      }
  });

  it('masks what is no JSON as a text', () => {
    expect(maskJson(placeholders(), '{"to":"a@b.example')).toBe('{"to":"[EMAIL_1]');
  });
});

it('knows every kind by a word of its own', () => {
  const masker = placeholders();
  for (const kind of [...PII_KINDS, 'text'] as const)
    expect(masker.restore(masker.book.placeholderFor(kind, 'x'))).toBe('x');
});
