import { expect, test } from '@jest/globals';
import { toCsv } from './to-csv.js';

test.each([
  ['=cmd()', "'=cmd()"],
  ['+1', "'+1"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['  =1', "'  =1"],
  ['\u200b=1', "'\u200b=1"],
  ['＝1', "'＝1"],
  ['\r=1', '"\'\r=1"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ['a,b', '"a,b"'],
  ['two\nlines', '"two\nlines"'],
  ['ada@example.com', 'ada@example.com'],
  [-2, '-2'],
  [null, ''],
  [undefined, ''],
  [true, 'true'],
])('%j', (value, cell) => {
  expect(toCsv(['name'], [{ name: value, other: 1 }])).toBe(`name\r\n${cell}\r\n`);
});
