// The audit log over the real Redis: what gets in, and how tampering shows.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AccessConfig, loadConfig } from '#config';
import { ParleyError } from '#contracts';
import type { StateRedis } from '#redis';
import { dropTestState, openTestState } from '#testing';
import type { AuditEntry } from './audit-entry.js';
import { AuditLog } from './audit-log.js';
import { DeniedAccess } from './denied-access.js';
import { verifyAudit } from './verify-audit.js';

const KEY = 'audit-key';
let state: StateRedis;
let log: AuditLog;
const open = (key: string) => new AuditLog(state, loadConfig(AccessConfig, { AUDIT_KEY: key }));
const deed = (object: string) => ({
  actor: 'ada',
  tenant: 'acme',
  action: 'thing.remove',
  object,
  outcome: 'done',
});
const entries = async () =>
  (await log.page({ limit: 100 })).items.map(({ text }) => JSON.parse(text) as AuditEntry);

beforeEach(async () => {
  state = await openTestState();
  log = open(KEY);
});
afterEach(() => dropTestState(state));

it('keeps entries in order, with the address as a hash only', async () => {
  await Promise.all([1, 2, 3].map((i) => log.record({ ...deed(`o${i}`), from: '203.0.113.7' })));
  const all = await entries();
  expect(all.map(({ object }) => object)).toEqual(['o1', 'o2', 'o3']);
  expect(all[0]).toEqual({
    ...deed('o1'),
    at: expect.any(String),
    ip_hash: expect.stringMatching(/^[\w-]{22}$/),
  });
  expect(await verifyAudit(log, KEY)).toMatchObject({ entries: 3, unkeyed: 0 });
});

it('many processes at once make one chain', async () => {
  await Promise.all(
    Array.from({ length: 6 }, async (_, p) => {
      const mine = open(KEY);
      for (let i = 0; i < 10; i++) await mine.record(deed(`p${p}-${i}`));
    }),
  );
  const verdict = await verifyAudit(log, KEY);
  expect([verdict.entries, verdict.fault]).toEqual([60, undefined]);
  expect(new Set((await entries()).map(({ object }) => object)).size).toBe(60);
});

it('pages in both directions', async () => {
  for (let i = 1; i <= 5; i++) await log.record(deed(`o${i}`));
  for (const order of ['asc', 'desc'] as const) {
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const page = await log.page({ limit: 2, order, ...(after !== undefined && { after }) });
      seen.push(...page.items.map(({ n }) => n));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(order === 'asc' ? [1, 2, 3, 4, 5] : [5, 4, 3, 2, 1]);
  }
  await expect(log.page({ after: 'x', limit: 1 })).rejects.toMatchObject({ code: 'invalid_cursor' });
});

it('records what became of a deed, and hands that on', async () => {
  expect(await log.during({ actor: 'a', tenant: 't', action: 'x.y', object: 'o' }, async () => 7)).toBe(7);
  const fails = async () => {
    throw new ParleyError('not_found', 'unable; gone');
  };
  await expect(
    log.during({ actor: 'a', tenant: 't', action: 'x.y', object: 'o' }, fails),
  ).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await entries()).map(({ outcome }) => outcome)).toEqual(['done', 'not_found']);
});

describe('verify finds', () => {
  const row = async (n: number) => (await state.client.xrange(state.keys.audit, `${n}-0`, `${n}-0`))[0]![1];
  /** Writes the stream anew; Redis lets nobody change an entry in place. */
  const rewrite = async (change: (rows: string[][]) => string[][]) => {
    const rows = (await state.client.xrange(state.keys.audit, '-', '+')).map(([, fields]) => fields);
    await state.client.del(state.keys.audit);
    let n = 0;
    for (const fields of change(rows)) {
      n++;
      if (fields.length > 0) await state.client.xadd(state.keys.audit, `${n}-0`, ...fields);
    }
  };
  beforeEach(async () => {
    for (let i = 1; i <= 5; i++) await log.record(deed(`o${i}`));
  });

  it.each<[string, (rows: string[][]) => string[][], object]>([
    [
      'a changed entry',
      (rows) => rows.map((fields, i) => (i === 2 ? fields.map((f) => f.replace('ada', 'eve')) : fields)),
      { n: 3, reason: 'changed' },
    ],
    [
      'a missing entry',
      (rows) => rows.map((fields, i) => (i === 2 ? [] : fields)),
      { n: 3, reason: 'missing' },
    ],
    [
      'a missing entry whose place was closed',
      (rows) => rows.filter((_, i) => i !== 2),
      { n: 3, reason: 'changed' },
    ],
    ['two that changed places', ([a, b, c, ...rest]) => [a!, c!, b!, ...rest], { n: 2, reason: 'changed' }],
    [
      'a beginning that is gone',
      (rows) => rows.map((f, i) => (i === 0 ? [] : f)),
      { n: 1, reason: 'missing' },
    ],
    ['an end that is cut off', (rows) => rows.slice(0, 3), { n: 4, reason: 'cut off' }],
    [
      'an entry put in',
      (rows) => [...rows.slice(0, 2), rows[1]!, ...rows.slice(2)],
      { n: 3, reason: 'changed' },
    ],
    [
      'one sealed without the key',
      (rows) =>
        rows.map((fields, i) => (i === 4 ? fields.map((f) => (f === 'hmac' ? 'sha256' : f)) : fields)),
      { n: 5, reason: 'changed' },
    ],
  ])('%s', async (_name, change, fault) => {
    expect((await verifyAudit(log, KEY)).fault).toBe(undefined);
    await rewrite(change);
    expect((await verifyAudit(log, KEY)).fault).toEqual(fault);
  });

  it('a chain that was made anew, by the newest entry kept elsewhere', async () => {
    const { newest } = await verifyAudit(log, KEY);
    expect((await row(5))[5]).toBe(newest.hash);
    await log.record(deed('o6'));
    expect((await verifyAudit(log, KEY, newest)).fault).toBe(undefined);
    await state.client.del(state.keys.audit, state.keys.auditHead);
    log = open(KEY);
    expect((await verifyAudit(log, KEY, newest)).fault).toEqual({ n: 1, reason: 'cut off' });
    for (let i = 1; i <= 6; i++) await log.record(deed(`other${i}`));
    expect((await verifyAudit(log, KEY, newest)).fault).toEqual({ n: 5, reason: 'not the anchor' });
  });

  it('another key', async () => {
    expect((await verifyAudit(log, 'other')).fault).toEqual({ n: 1, reason: 'changed' });
  });
});

it('a key that comes later counts from then on', async () => {
  await open('').record(deed('before'));
  await log.record(deed('after'));
  expect(await verifyAudit(log, KEY)).toMatchObject({ entries: 2, unkeyed: 1 });
  await open('').record(deed('without again'));
  expect((await verifyAudit(log, KEY)).fault).toEqual({ n: 3, reason: 'changed' });
});

it('records a denied access once, and a flood of them not each', async () => {
  const denied = new DeniedAccess(log);
  const eve = { subject: 'eve', tenant: 'acme', scopes: new Set<never>() };
  for (let i = 0; i < 3; i++) denied.report(eve, 'channels:read', 'channel:x', '203.0.113.7');
  for (let i = 0; i < 200; i++) denied.report(eve, 'channels:read', `channel:${i}`);
  await log.record(deed('last'));
  const all = await entries();
  expect(all.filter(({ object }) => object === 'channel:x')).toEqual([
    expect.objectContaining({ actor: 'eve', outcome: 'denied' }),
  ]);
  expect(all).toHaveLength(31);
});
