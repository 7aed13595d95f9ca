// Guessing is slowed; whoever is right is not.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AccessConfig, loadConfig } from '#config';
import { ParleyError } from '#contracts';
import { FailedSignIns, networkOf } from './failed-sign-ins.js';

let now: number;
beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const make = (env: Record<string, string> = {}) =>
  new FailedSignIns(
    loadConfig(AccessConfig, { SIGN_IN_FAILURES: '3', SIGN_IN_WINDOW_SECONDS: '60', ...env }),
  );
let judged: number;
const judge = (credential: string) => () => {
  judged++;
  if (credential === 'right') return 'in';
  throw new ParleyError(credential === 'unknown' ? 'busy' : 'unauthorized', 'no');
};
const asker =
  (signIns: FailedSignIns, guessable = true) =>
  async (credential: string, from: string | undefined = '192.0.2.1'): Promise<unknown> => {
    try {
      return await signIns.during(from, credential, guessable, judge(credential));
    } catch (error) {
      const { code, retryAfterMs } = error as ParleyError;
      return retryAfterMs === undefined ? code : [code, retryAfterMs];
    }
  };

describe('after too many failures in a window', () => {
  beforeEach(() => void (judged = 0));

  it('an address is slowed until the window ends, others are not', async () => {
    const ask = asker(make());
    for (let i = 0; i < 3; i++) expect(await ask(`wrong-${i}`)).toBe('unauthorized');
    now += 20_000;
    expect(await ask('wrong')).toEqual(['rate_limited', 40_000]);
    expect(await ask('wrong', '192.0.2.2')).toBe('unauthorized');
    now += 40_000;
    expect(await ask('wrong')).toBe('unauthorized');
  });

  it('what can be guessed is not even looked at, right or wrong', async () => {
    const ask = asker(make());
    for (let i = 0; i < 3; i++) await ask(`wrong-${i}`);
    judged = 0;
    expect(await ask('right')).toEqual(['rate_limited', 60_000]);
    expect(judged).toBe(0);
  });

  it('whoever was right from there before goes on', async () => {
    const ask = asker(make());
    expect(await ask('right')).toBe('in');
    for (let i = 0; i < 5; i++) await ask(`wrong-${i}`);
    expect(await ask('right')).toBe('in');
    for (let i = 0; i < 3; i++) await ask(`wrong-${i}`, '192.0.2.9');
    expect(await ask('right', '192.0.2.9')).toMatchObject(['rate_limited', 60_000]);
  });

  it('what cannot be guessed is judged, so that neighbours of a guesser get in', async () => {
    const ask = asker(make(), false);
    for (let i = 0; i < 3; i++) await ask(`wrong-${i}`);
    expect(await ask('right')).toBe('in');
    expect(await ask('wrong')).toEqual(['rate_limited', 60_000]);
  });
});

it('a failure that is not the asker’s does not count, nor one from nowhere', async () => {
  const ask = asker(make());
  for (let i = 0; i < 9; i++) expect(await ask('unknown')).toBe('busy');
  const signIns = make();
  for (let i = 0; i < 9; i++)
    expect(() => signIns.during(undefined, 'wrong', true, judge('wrong'))).toThrow('no');
  expect(signIns.slows(undefined)).toBe(false);
});

it('0 is off', async () => {
  const ask = asker(make({ SIGN_IN_FAILURES: '0' }));
  for (let i = 0; i < 50; i++) expect(await ask('wrong')).toBe('unauthorized');
});

it('remembers ten thousand addresses and no more', async () => {
  const signIns = make({ SIGN_IN_FAILURES: '1' });
  const ask = asker(signIns);
  for (let i = 0; i <= 10_000; i++) await ask('wrong', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(signIns.slows('10.0.0.0')).toBe(false);
  expect(signIns.slows('10.0.0.1')).toBe(true);
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
