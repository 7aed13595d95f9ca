// Every way to get a token wrong, and what a right one says.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccessConfig, loadConfigs, ServerConfig } from '#config';
import { TokenIssuer } from '#testing';
import { issueToken } from './issue-token.js';
import { TokenVerifier } from './token-verifier.js';

const [STRONG, OLD, OLDER] = [1, 2, 3].map((i) => createHash('sha256').update(`${i}`).digest('base64')) as [
  string,
  string,
  string,
];

let issuer: TokenIssuer;
let verifier: TokenVerifier;
let revoked: Set<string>;

const make = (env: Record<string, string>) => {
  const [access, server] = loadConfigs([AccessConfig, ServerConfig], env) as [AccessConfig, ServerConfig];
  const list = { has: (id: string) => revoked.has(id), loaded: async () => undefined };
  return new TokenVerifier(access, server, list as never);
};

beforeAll(async () => {
  issuer = await TokenIssuer.start();
});
beforeEach(() => {
  revoked = new Set();
  verifier = make(issuer.env);
});
afterAll(() => issuer.stop());

const seconds = (from = 0) => Math.floor(Date.now() / 1_000) + from;

it('refuses every wrong token alike', async () => {
  const faults = (await issuer.faults()).filter(({ name }) => name !== 'none');
  expect(faults.length).toBeGreaterThan(30);
  for (const { name, token } of faults) {
    const outcome = await token()
      .then((text) => verifier.verify(text!))
      .catch((error: { code: string }) => error.code);
    expect([name, outcome]).toEqual([name, 'unauthorized']);
  }
});

it('refuses what is only large before it looks for a key', async () => {
  const token = await issuer.token({ filler: 'x'.repeat(9_000) }, { alg: 'ES256' });
  const fetches = issuer.fetches;
  await expect(async () => verifier.verify(token)).rejects.toMatchObject({ code: 'unauthorized' });
  expect(issuer.fetches).toBe(fetches);
});

describe('a right token', () => {
  it.each(['HS256', 'RS256', 'ES256', 'EdDSA'] as const)('of %s says who asks', async (alg) => {
    const claims = {
      tenant: 'acme',
      scope: 'channels:read usage openid',
      channels: ['demo', 'team-*'],
      jti: 'j1',
    };
    const principal = await verifier.verify(await issuer.token({ ...claims, exp: seconds(600) }, { alg }));
    expect(principal).toEqual({
      subject: 'ada',
      tenant: 'acme',
      scopes: new Set(['channels:read', 'usage:read']),
      channels: ['demo', 'team-*'],
      tokenId: 'j1',
      expiresAt: expect.any(Number),
    });
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['the old userId', { sub: undefined, userId: 'u-7' }, { subject: 'u-7' }],
    ['a number as userId', { sub: undefined, userId: 7 }, { subject: '7' }],
    ['a subject as long as an address may be', { sub: 'a'.repeat(320) }, { subject: 'a'.repeat(320) }],
    ['no tenant', {}, { tenant: 'default' }],
    ['several audiences', { aud: ['others', 'parley'] }, {}],
    ['the skew after its end', { exp: seconds(-25) }, {}],
    ['the skew before its beginning', { nbf: seconds(25) }, {}],
    ['no iat, of any age', { iat: undefined }, {}],
  ])('may have %s', async (_name, claims, expected) => {
    expect(await verifier.verify(await issuer.token(claims))).toMatchObject(expected);
  });

  it.each(['at+jwt', 'JWT', 'application/at+jwt', undefined])('may be of the type %s', async (typ) => {
    await verifier.verify(await issuer.token({}, { header: { typ } }));
  });

  it('is verified once, answered at once then, and refused from its revocation on', async () => {
    const token = await issuer.token({ jti: 'j2' });
    const first = verifier.verify(token);
    expect(first).toBeInstanceOf(Promise);
    const principal = await first;
    expect(verifier.verify(token)).toBe(principal);
    expect(verifier.stands(principal, Date.now())).toBe(true);
    expect(verifier.stands(principal, Date.now() + 3_600_000)).toBe(false);
    revoked.add('j2');
    expect(verifier.stands(principal, Date.now())).toBe(false);
    expect(() => verifier.verify(token)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it('without a jti is revoked by its digest', async () => {
    const token = await issuer.token();
    revoked.add((await verifier.verify(token)).tokenId!);
    expect(() => verifier.verify(token)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });
});

it('asks for nothing but its own key URL, and once for all tokens', async () => {
  const before = issuer.fetches;
  await Promise.all(
    Array.from({ length: 5 }, async () => verifier.verify(await issuer.token({}, { alg: 'RS256' }))),
  );
  expect(issuer.fetches).toBe(before + 1);
  // Unknown key ids right after a fetch do not fetch again.
  for (let i = 0; i < 5; i++)
    await expect(
      Promise.resolve(verifier.verify(await issuer.token({}, { alg: 'RS256', header: { kid: `k${i}` } }))),
    ).rejects.toMatchObject({ code: 'unauthorized' });
  expect(issuer.fetches).toBe(before + 1);
});

it('accepts only the algorithms that are configured', async () => {
  const strict = make({ ...issuer.env, JWT_ALGORITHMS: 'ES256' });
  await strict.verify(await issuer.token({}, { alg: 'ES256' }));
  for (const alg of ['HS256', 'RS256'] as const)
    await expect(Promise.resolve(strict.verify(await issuer.token({}, { alg })))).rejects.toMatchObject({
      code: 'unauthorized',
    });
});

describe('while secrets change', () => {
  const signedBy = (secret: string) =>
    issueToken(loadConfigs([AccessConfig], { JWT_SECRET: secret })[0] as AccessConfig, {
      subject: 'ada',
      scope: 'channels',
      seconds: 60,
    }).then(({ token }) => token);

  it('those of before are accepted, others are not, and the newest signs', async () => {
    const changing = make({ JWT_SECRET: STRONG, JWT_PREVIOUS_SECRET: `${OLD}, ${OLDER}` });
    for (const secret of [STRONG, OLD, OLDER])
      expect(await changing.verify(await signedBy(secret))).toMatchObject({ subject: 'ada' });
    const other = await signedBy(STRONG.toLowerCase());
    await expect(Promise.resolve(changing.verify(other))).rejects.toMatchObject({ code: 'unauthorized' });
    const env = { JWT_SECRET: STRONG, JWT_PREVIOUS_SECRET: OLD };
    const { token } = await issueToken(loadConfigs([AccessConfig], env)[0] as AccessConfig, {
      subject: 'ada',
      scope: 'channels',
      seconds: 60,
    });
    await make({ JWT_SECRET: STRONG }).verify(token);
    await expect(Promise.resolve(make({ JWT_SECRET: OLD }).verify(token))).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  it('a token of before has to be right in all other ways', async () => {
    const changing = make({ SECRET_KEY: STRONG, JWT_PREVIOUS_SECRET: OLD, JWT_AUDIENCE: 'parley' });
    await expect(Promise.resolve(changing.verify(await signedBy(OLD)))).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  it('once the window is over they are nothing', async () => {
    const token = await signedBy(OLD);
    await expect(Promise.resolve(make({ JWT_SECRET: STRONG }).verify(token))).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });
});

describe('at the start', () => {
  const production = { NODE_ENV: 'production' };
  it.each([
    ['a short secret in production', { ...production, JWT_SECRET: 'x1y2' }, 'shorter than 32'],
    [
      'a placeholder',
      { ...production, JWT_SECRET: 'your-super-secret-jwt-key-change-in-production' },
      'placeholder',
    ],
    ['a repetition', { ...production, SECRET_KEY: 'abcd'.repeat(10) }, 'placeholder'],
    [
      'a short secret of before',
      { ...production, JWT_SECRET: STRONG, JWT_PREVIOUS_SECRET: 'x1y2' },
      'JWT_PREVIOUS_SECRET is shorter than 32',
    ],
    [
      'a placeholder among those of before',
      { ...production, JWT_SECRET: STRONG, JWT_PREVIOUS_SECRET: `${OLD},${'abcd'.repeat(10)}` },
      'JWT_PREVIOUS_SECRET is a placeholder',
    ],
    ['a secret of before alone', { JWT_PREVIOUS_SECRET: OLD }, 'JWT_SECRET is not'],
    ['more than four of before', { JWT_SECRET: STRONG, JWT_PREVIOUS_SECRET: 'a,b,c,d,e' }, 'at most 4'],
    [
      'keys over http in production',
      { ...production, JWT_JWKS_URL: 'http://127.0.0.1/keys' },
      'must be https',
    ],
    ['keys over http from elsewhere', { JWT_JWKS_URL: 'http://issuer.example/keys' }, 'from this machine'],
    [
      'keys from 127.evil.example',
      { JWT_JWKS_URL: 'http://127.0.0.1.evil.example/keys' },
      'from this machine',
    ],
    [
      'keys from a user called localhost',
      { JWT_JWKS_URL: 'http://localhost@evil.example/' },
      'from this machine',
    ],
    ['HS256 without a secret', { JWT_ALGORITHMS: 'HS256' }, 'JWT_SECRET is not set'],
    ['RS256 without a URL', { JWT_SECRET: 'x', JWT_ALGORITHMS: 'HS256,RS256' }, 'JWT_JWKS_URL is not set'],
  ])('%s is refused, and never printed', (_name, env, text) => {
    expect(() => make(env as unknown as Record<string, string>)).toThrow(text);
    for (const name of ['JWT_SECRET', 'JWT_PREVIOUS_SECRET']) {
      const secret = (env as Record<string, string>)[name];
      if (secret) expect(() => make(env as unknown as Record<string, string>)).not.toThrow(secret);
    }
  });

  it.each([
    { ...production, JWT_JWKS_URL: 'https://issuer.example/keys' },
    { JWT_JWKS_URL: 'http://localhost:8080/keys' },
    { JWT_JWKS_URL: 'http://127.1.2.3/keys' },
    { JWT_JWKS_URL: 'http://[::1]:8080/keys' },
  ])('keys may come from %j', (env) => {
    expect(make(env as unknown as Record<string, string>).on).toBe(true);
  });

  it('a weak one is for development only', () => {
    expect(make({ JWT_SECRET: 'dev' }).on).toBe(true);
    expect(make({ ...production, JWT_SECRET: issuer.secret }).on).toBe(true);
    expect(make({}).on).toBe(false);
  });
});
