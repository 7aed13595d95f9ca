import { expect, it } from '@jest/globals';
import { can, parseScopes, type Scope } from './index.js';

it.each<[string, string[] | undefined, Scope, string | undefined, string]>([
  ['channels', undefined, 'channels:read', 'demo', 'granted'],
  ['channels', undefined, 'channels:write', 'demo', 'granted'],
  ['channels:read', undefined, 'channels:write', 'demo', 'forbidden'],
  ['channels', ['demo'], 'channels:read', 'demo', 'granted'],
  ['channels', ['demo'], 'channels:read', 'demo2', 'hidden'],
  ['channels', ['team-*'], 'channels:read', 'team-a', 'granted'],
  ['channels', ['team-*'], 'channels:read', 'other', 'hidden'],
  ['channels', ['*'], 'channels:read', 'other', 'granted'],
  ['channels', ['a*b'], 'channels:read', 'axb', 'hidden'],
  ['channels', [], 'channels:read', 'demo', 'hidden'],
  ['channels', ['demo'], 'channels:read', undefined, 'granted'],
  ['channels:read', ['demo'], 'channels:write', 'other', 'forbidden'],
  ['admin', undefined, 'channels:read', 'demo', 'forbidden'],
  ['', undefined, 'admin', undefined, 'forbidden'],
  ['administrator admin:read', undefined, 'admin', undefined, 'forbidden'],
  ['channels:*', undefined, 'channels:read', 'demo', 'forbidden'],
])('"%s" for %j: %s of %s is %s', (scope, channels, action, channel, verdict) => {
  const principal = { subject: 'a', tenant: 't', scopes: parseScopes(scope), ...(channels && { channels }) };
  expect(can(principal, action, channel)).toBe(verdict);
});
