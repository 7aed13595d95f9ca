import { describe, expect, it } from '@jest/globals';
import { AccessConfig, loadConfigs, ServerConfig } from '#config';
import {
  AccessPolicy,
  AdminGuard,
  bearerToken,
  FailedSignIns,
  TokenVerifier,
  type Principal,
} from './index.js';

const policy = (env: Record<string, string>) => {
  const [access, server] = loadConfigs([AccessConfig, ServerConfig], env) as [AccessConfig, ServerConfig];
  const tokens = new TokenVerifier(access, server, {} as never);
  return new AccessPolicy(access, server, tokens, {} as never, new FailedSignIns(access));
};
const production = { NODE_ENV: 'production' };

describe('AccessPolicy', () => {
  it.each([
    ['development without a token is open', {}, undefined, true],
    ['development with a token is closed', { WS_TOKEN: 's' }, undefined, false],
    ['the right token opens', { WS_TOKEN: 's' }, 's', true],
    ['a wrong token does not', { WS_TOKEN: 's' }, 'x', false],
    ['a prefix does not', { WS_TOKEN: 'secret' }, 'secre', false],
    ['open needs none', { WS_TOKEN: 's', WS_OPEN: 'true' }, undefined, true],
    ['but refuses a wrong one', { WS_TOKEN: 's', WS_OPEN: 'true' }, 'x', false],
    ['closed without any token stays closed', { WS_OPEN: 'false' }, 'x', false],
    ['production with a token', { ...production, WS_TOKEN: 's' }, 's', true],
    ['production opened on purpose', { ...production, WS_OPEN: 'true' }, undefined, true],
  ])('%s', (_name, env, token, allowed) => {
    const asked = () => {
      const principal = policy(env).authenticate(token) as Principal;
      policy(env).authorize(principal, 'channels:write', 'channel');
      return principal;
    };
    if (allowed) expect(asked()).toMatchObject({ tenant: 'default' });
    else expect(asked).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it('does not start open in production by accident', () => {
    expect(() => policy(production)).toThrow('set WS_TOKEN, or WS_OPEN=true');
    expect(policy({}).warning).toContain('open');
    expect(policy({ WS_TOKEN: 's' }).warning).toBe(undefined);
  });

  it.each([
    [{}, 'https://a.example', true],
    [{ WS_TOKEN: 's' }, 'https://a.example', false],
    [{ WS_TOKEN: 's' }, undefined, true],
    [
      { WS_TOKEN: 's', WS_ALLOWED_ORIGINS: 'https://a.example, https://b.example' },
      'https://b.example',
      true,
    ],
    [{ WS_ALLOWED_ORIGINS: 'https://a.example' }, 'https://a.example.evil', false],
    [{ WS_TOKEN: 's', WS_ALLOWED_ORIGINS: '*' }, 'https://c.example', true],
  ])('origins: %j %s → %s', (env, origin, allowed) => {
    expect(policy(env as Record<string, string>).allowsOrigin(origin)).toBe(allowed);
  });
});

describe('AdminGuard', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  it.each([
    [{ ADMIN_PASSWORD: 'p' }, basic('admin:p'), true],
    [{ ADMIN_PASSWORD: 'p:q', ADMIN_USER: 'root' }, basic('root:p:q'), true],
    [{ ADMIN_PASSWORD: 'p' }, basic('admin:x'), false],
    [{ ADMIN_PASSWORD: 'p' }, basic('other:p'), false],
    [{ ADMIN_PASSWORD: 'p' }, undefined, false],
    [{ ADMIN_PASSWORD: 'p' }, 'Bearer p', false],
    [{}, basic('admin:'), false],
  ])('%j %s → %s', (env, header, allowed) => {
    const [access] = loadConfigs([AccessConfig], env as Record<string, string>) as [AccessConfig];
    expect(new AdminGuard(access).adminAllows(header)).toBe(allowed);
  });
});

it.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc', 'abc'],
  ['Basic abc', undefined],
  ['Bearer a b', undefined],
  [undefined, undefined],
])('bearerToken(%s)', (header, token) => {
  expect(bearerToken(header)).toBe(token);
});
