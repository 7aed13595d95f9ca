import { expect, test } from '@jest/globals';
import { textOf } from './text-of.js';

const mail = [
  '--outer',
  'Content-Type: multipart/alternative;',
  '\tboundary="inner"',
  '',
  '--inner',
  'Content-Type: text/plain; charset=UTF-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'The caf=C3=A9 is clo=',
  'sed.',
  '',
  'Regards, Bob',
  '--inner',
  'Content-Type: text/html',
  '',
  '<p>The caf&eacute; is closed.</p>',
  '--inner--',
  '--outer',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('PS: until May.').toString('base64'),
  '--outer',
  'Content-Type: image/png',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename="a.png"',
  '',
  Buffer.alloc(57, 9).toString('base64'),
  Buffer.alloc(57, 8).toString('base64'),
  '--outer--',
  '',
];
const mediatype = 'multipart/mixed; \n\tboundary="outer"';

test.each(['\n', '\r\n'])('an e-mail is its plain text parts, without attachments (%j)', (end) => {
  const body = mail.join(end);
  const words = ['The café is closed.', 'Regards, Bob', 'PS: until May.'];
  expect(textOf({ mediatype, encoding: 'none', body })).toEqual(words);
  expect(textOf({ mediatype, encoding: 'base64url', body: Buffer.from(body).toString('base64url') })).toEqual(
    words,
  );
});

test('boundaries without end and parts without head give no more words than there are', () => {
  const body = `${'boundary="x'.repeat(50_000)}\n${'--x\n'.repeat(50_000)}${'Content-Type: text/plain\n'.repeat(50_000)}`;
  expect(textOf({ mediatype: 'multipart/mixed', encoding: 'none', body })).toEqual([]);
});
