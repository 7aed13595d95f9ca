import { expect, test } from '@jest/globals';
import { estimateTokens, meter } from './meter.js';

/** Counts of o200k_base, as gpt-tokenizer 4.0.0 gives them. */
const ROWS: [name: string, text: string, tokens: number][] = [
  [
    'english',
    'The quick brown fox jumps over the lazy dog while the committee considers whether to postpone the decision until everybody has read the report.',
    25,
  ],
  [
    'german',
    'Die Geschwindigkeitsbegrenzung wurde gestern aufgehoben, weil die Bauarbeiten früher als erwartet abgeschlossen werden konnten.',
    23,
  ],
  [
    'code',
    'export async function page(query) {\n  const rows = await this.rows(query, range);\n  rows.sort((a, b) => compare(rowName(a), rowName(b)));\n  return { ...range, ...pageOf(rows, rowName, query.limit) };\n}\n',
    55,
  ],
  [
    'json',
    '{"location":"Berlin, EM","temperature":16.6,"feels_like":15.6,"humidity":56,"description":"scattered clouds","wind_speed":9.5}',
    38,
  ],
  ['chinese', '今天的天气很好，我们决定去公园散步，然后在附近的餐馆吃午饭。', 21],
  ['japanese', '昨日は雨が降っていたので、家で本を読んで過ごしました。', 20],
  ['korean', '오늘은 날씨가 좋아서 공원에 산책하러 갔습니다.', 18],
  ['russian', 'Сегодня хорошая погода, и мы решили пойти гулять в парк, а потом пообедать.', 23],
  ['arabic', 'الطقس اليوم جميل وقررنا الذهاب إلى الحديقة للتنزه.', 17],
  ['hindi', 'आज मौसम बहुत अच्छा है और हमने पार्क में टहलने का फैसला किया।', 16],
  ['numbers', '3.14159265358979 2718281828 1000000 42 2026-11-25 17:45:00', 31],
  ['capitals', 'PLEASE READ THE INSTRUCTIONS BEFORE YOU OPEN THE BOX', 10],
  ['table', '| model | input | output |\n| --- | --- | --- |\n| gpt-6-luna | 0.10 | 0.50 |\n', 32],
  ['base64', 'c29tZSByYW5kb20gdGV4dCB0aGF0IGlzIG5vdCByZWFsbHkgcmFuZG9tIGF0IGFsbA==', 43],
];

test.each(ROWS)('%s: as the tokenizer counts it, roughly', (name, text, tokens) => {
  const estimate = estimateTokens(text);
  expect(estimate).toBeGreaterThanOrEqual(tokens * (name === 'base64' ? 0.5 : 0.8));
  expect(estimate).toBeLessThanOrEqual(tokens * 1.5);
});

test('some text is never nothing, and nothing is', () => {
  expect(['', ' ', 'a', '.', '語'].map(estimateTokens)).toEqual([0, 1, 1, 1, 1]);
});

test('a stream is cut once it is half as much again beyond what was reserved, not before', () => {
  const counter = meter(100);
  const piece = 'a'.repeat(45);
  const cuts = Array.from({ length: 16 }, () => counter.add(piece));
  expect(cuts).toEqual([...Array.from({ length: 15 }, () => false), true]);
  expect(counter.tokens).toBe(160);
});

test('how a text is cut into pieces changes nothing', () => {
  const text = 'The answer: 42,000 of them – 語, привет, 👍.'.repeat(9);
  const counter = meter(1_000);
  for (const unit of text.split('')) counter.add(unit);
  expect(Math.abs(counter.tokens - estimateTokens(text))).toBeLessThanOrEqual(1);
});
