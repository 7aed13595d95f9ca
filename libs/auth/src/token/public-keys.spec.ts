// How long keys are kept, and how often they are asked for.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { CompactJWSHeaderParameters } from 'jose';
import { TokenIssuer } from '#testing';
import { PublicKeys } from './public-keys.js';

Logger.overrideLogger(false);

let issuer: TokenIssuer;
let now: number;
let keys: PublicKeys;
const ask = (kid = 'key-RS256') =>
  keys.keyFor({ alg: 'RS256', kid } as CompactJWSHeaderParameters, {} as never) as Promise<unknown>;

beforeEach(async () => {
  issuer = await TokenIssuer.start();
  now = 1_000;
  keys = new PublicKeys(issuer.jwksUrl, () => now);
});
afterEach(() => issuer.stop());

it('keeps keys for ten minutes', async () => {
  await ask();
  now += 599_000;
  await ask();
  expect(issuer.fetches).toBe(1);
  now += 2_000;
  await ask();
  expect(issuer.fetches).toBe(2);
});

it('asks again for an unknown key id, at most once in 30 s', async () => {
  await ask();
  await expect(ask('new')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  expect(issuer.fetches).toBe(1);
  now += 31_000;
  await Promise.all([1, 2, 3].map((i) => expect(ask(`new-${i}`)).rejects.toBeDefined()));
  expect(issuer.fetches).toBe(2);
});

it('goes on with old keys for a day while the issuer is away, and no longer', async () => {
  await ask();
  issuer.status = 503;
  now += 86_000_000;
  await ask();
  expect(issuer.fetches).toBe(2);
  now += 500_000;
  await expect(ask()).rejects.toMatchObject({ code: 'busy' });
  issuer.status = 200;
  now += 31_000;
  await ask();
});

it('without any keys it is not known whether a token is right', async () => {
  issuer.status = 500;
  await expect(ask()).rejects.toMatchObject({ code: 'busy' });
});

it('has the keys before a token asks, once', async () => {
  await Promise.all([keys.warm(), keys.warm()]);
  expect(issuer.fetches).toBe(1);
  // Without another fetch, and already imported: the very same key each time.
  expect(await ask()).toBe(await ask());
  await keys.warm();
  expect(issuer.fetches).toBe(1);
});

it('starts without an issuer, who may come later', async () => {
  issuer.status = 503;
  await keys.warm();
  issuer.status = 200;
  await ask();
});
