// The pure parts of the load: arguments, bookkeeping, report, progress.
import { describe, expect, test } from '@jest/globals';
import { readArguments } from './arguments.js';
import { toNotice, toPace } from './pace.js';
import { Progress } from './progress.js';
import { isWhole, toLines, toReport } from './report.js';
import { Tally } from './tally.js';

describe('arguments', () => {
  test('have defaults, and take the brokers of the running system', () => {
    expect(readArguments([], 'a:1,b:2')).toMatchObject({
      concurrent: 10,
      requests: 1_000,
      rate: 0,
      timeoutMs: 60_000,
      brokers: ['a:1', 'b:2'],
      json: false,
    });
    expect(readArguments(['--brokers', 'c:3', '--requests', '5', '--json'], 'a:1')).toMatchObject({
      brokers: ['c:3'],
      requests: 5,
      json: true,
    });
  });

  test.each([
    [['--concurrent', '0'], /--concurrent must be a whole number from 1/],
    [['--requests', '1.5'], /--requests must be/],
    [['--rate', '-1'], /rate/],
    [['--users', 'many'], /--users must be/],
    [['--message', ' '], /--message must not be blank/],
    [['--brokers', 'kafka'], /--brokers must be a list/],
    [['--bogus'], /bogus/],
  ])('%j is refused', (argv, fault) => {
    expect(() => readArguments(argv, 'a:1')).toThrow(fault);
  });

  test('without any broker are refused', () => expect(() => readArguments([])).toThrow(/--brokers/));
});

describe('the pace', () => {
  test('is the smaller one of the limits that all requests share', () => {
    const limit = (scope: string, name: string, max: number): string =>
      `parley_limit{scope="${scope}",limit="${name}"} ${max}\n`;
    const others = limit('user', 'requests_per_minute', 5) + limit('service', 'tokens_per_day', 7);
    expect(toPace(others)).toBeUndefined();
    expect(
      toPace(
        limit('service', 'requests_per_minute', 60) + others + limit('tenant', 'requests_per_minute', 30),
      ),
    ).toBe(30);
  });

  test('says how long a load takes at least', () => {
    expect(toNotice(60, 1_000)).toMatch(/at most 60 requests a minute, so 1000 of them take at least 16 min/);
    expect(toNotice(60, 61)).toMatch(/at least 1 min/);
  });
});

describe('the tally', () => {
  test('times first answers, counts doubles and errors, and passes strangers over', () => {
    const tally = new Tally();
    for (const key of ['a', 'b', 'c']) tally.start(key, 100);
    expect(tally.answer('a', { model: 'm', usage: { prompt_tokens: 3, completion_tokens: 4 } }, 150)).toBe(
      true,
    );
    expect(tally.answer('a', {}, 160)).toBe(false);
    expect(tally.answer('stranger', {}, 160)).toBe(false);
    expect(tally.answer('b', { finish_reason: 'error', error: 'busy' }, 300)).toBe(true);
    expect(tally).toMatchObject({ done: 2, missing: 1, doubles: 1, failed: 1, latency: [50, 200] });
    expect([...tally.errors]).toEqual([['busy', 1]]);
    expect([...tally.tokens]).toEqual([['m', { prompt: 3, completion: 4 }]]);
  });

  test('gives a late request up once; its answer still counts, but makes no room a second time', () => {
    const tally = new Tally();
    tally.start('a', 0);
    tally.start('b', 90);
    expect([tally.giveUp(50), tally.giveUp(50)]).toEqual([1, 0]);
    expect(tally.missing).toBe(2);
    expect(tally.answer('a', {}, 100)).toBe(false);
    expect([tally.missing, tally.done, tally.doubles]).toEqual([1, 1, 0]);
  });
});

describe('the report', () => {
  const price = (model: string) => (model === 'priced' ? { input: 2, output: 10 } : undefined);
  const filled = (): Tally => {
    const tally = new Tally();
    for (let i = 1; i <= 100; i++) {
      tally.start(String(i), 0);
      const model = i <= 50 ? 'priced' : 'other';
      tally.answer(String(i), { model, usage: { prompt_tokens: 1_000, completion_tokens: 100 } }, i);
    }
    return tally;
  };

  test('adds up', () => {
    const report = toReport(filled(), { requests: 100, concurrent: 10, ms: 2_000 }, price);
    expect(report).toMatchObject({
      answered: 100,
      throughput: 50,
      latency: { p50: 51, p90: 91, p99: 100, max: 100 },
      errors: {},
      missing: 0,
      doubles: 0,
      tokens: { prompt: 100_000, completion: 10_000 },
      cost: 0.15,
      unpriced: ['other'],
    });
    expect(isWhole(report)).toBe(true);
    expect(toLines(report)).toContain('cost      $0.150000, without other');
  });

  test('is not whole with a request without an answer, or with two; errors are answers', () => {
    const size = { requests: 100, concurrent: 1, ms: 1 };
    const doubled = filled();
    doubled.answer('7', {}, 500);
    expect(isWhole(toReport(doubled, size, price))).toBe(false);
    expect(isWhole(toReport(filled(), { ...size, requests: 101 }, price))).toBe(false);
    const failed = new Tally();
    failed.start('a', 0);
    failed.answer('a', { error: 'busy' }, 1);
    const report = toReport(failed, { ...size, requests: 1 }, price);
    expect(report.errors).toEqual({ busy: 1 });
    expect(isWhole(report)).toBe(true);
  });

  test('of no answers at all has no latency', () => {
    const report = toReport(new Tally(), { requests: 3, concurrent: 1, ms: 10 }, price);
    expect(report).toMatchObject({ latency: null, missing: 3, throughput: 0 });
    expect(toLines(report)).toContain('latency   no answers');
  });
});

describe('progress', () => {
  const draw = (isTTY: boolean): string => {
    let text = '';
    const progress = new Progress(20, { isTTY, write: (more: string) => (text += more) }, () => 0);
    for (let done = 1; done <= 20; done++) progress.show(done, 1);
    progress.end();
    return text;
  };

  test('is a line for every tenth without a terminal', () => {
    const lines = draw(false).trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('20/20, 1 errors');
  });

  test('is a bar on a terminal, full at the end', () => {
    expect(draw(true)).toMatch(/^\r\[#{30}\] 20\/20, 1 errors \n$/);
  });
});
