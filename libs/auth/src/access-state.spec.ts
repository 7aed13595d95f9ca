// Tickets and revocations over the real Redis.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StateRedis } from '#redis';
import { dropTestState, openTestState } from '#testing';
import { Revocations, Tickets, type Principal } from './index.js';

let state: StateRedis;
let revocations: Revocations;
let tickets: Tickets;
const ada: Principal = {
  subject: 'ada',
  tenant: 'acme',
  scopes: new Set(['channels:read']),
  channels: ['demo'],
  tokenId: 'j1',
  expiresAt: 4e12,
};

beforeAll(async () => {
  state = await openTestState();
});
beforeEach(() => {
  revocations = new Revocations(state);
  tickets = new Tickets(state, revocations);
});
afterEach(() => revocations.onApplicationShutdown());
afterAll(() => dropTestState(state));

describe('a ticket', () => {
  const refused = { code: 'unauthorized' };

  it('lets in whoever asked for it, once', async () => {
    const { ticket, expires_at } = await tickets.issue(ada, undefined);
    const left = Date.parse(expires_at) - Date.now();
    expect(left > 25_000 && left <= 30_000).toBe(true);
    expect(await state.client.pttl(state.keys.ticket(ticket))).toBeLessThanOrEqual(30_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => tickets.redeem(ticket, undefined)),
    );
    const got = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(got).toEqual([ada]);
    await expect(tickets.redeem(ticket, undefined)).rejects.toMatchObject(refused);
  });

  it.each([
    ['the page that it was made for', 'https://a.example', 'https://a.example', true],
    ['another page', 'https://a.example', 'https://b.example', false],
    ['no page', 'https://a.example', undefined, false],
    ['any page when it was made for none', undefined, 'https://b.example', true],
  ])('opens for %s', async (_name, made, used, opens) => {
    const { ticket } = await tickets.issue(ada, made);
    if (opens) expect(await tickets.redeem(ticket, used)).toEqual(ada);
    else {
      await expect(tickets.redeem(ticket, used)).rejects.toMatchObject(refused);
      await expect(tickets.redeem(ticket, made)).rejects.toMatchObject(refused);
    }
  });

  it.each(['tkt_', 'tkt_*', `tkt_${'a'.repeat(43)}`, `tkt_${'a'.repeat(9_000)}`])(
    '%s is none',
    async (ticket) => {
      await expect(tickets.redeem(ticket, undefined)).rejects.toMatchObject(refused);
    },
  );

  it('is not written down in Redis', async () => {
    const { ticket } = await tickets.issue(ada, undefined);
    const keys = await state.client.keys(`${state.keys.prefix}*`);
    expect(keys.join()).not.toContain(ticket.slice(4));
  });
});

describe('a revocation', () => {
  it('is felt by every process, and forgotten when the token would have ended', async () => {
    const other = new Revocations(state);
    await other.loaded();
    expect(other.has('j1')).toBe(false);
    await revocations.revoke('j1', Date.now() + 60_000);
    await revocations.revoke('old', Date.now() - 60_000);
    await other.look();
    expect([revocations.has('j1'), other.has('j1')]).toEqual([true, true]);
    await revocations.revoke('j2', Date.now() + 60_000);
    expect(await state.client.zrange(state.keys.revoked, 0, '-1')).toEqual(['j1', 'j2']);
    other.onApplicationShutdown();
  });

  it('comes by itself within seconds', async () => {
    await revocations.loaded();
    await new Revocations(state).revoke('j3', Date.now() + 60_000);
    while (!revocations.has('j3')) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('never becomes shorter', async () => {
    const until = Date.now() + 600_000;
    await revocations.revoke('j4', until);
    await revocations.revoke('j4', until - 300_000);
    expect(Number(await state.client.zscore(state.keys.revoked, 'j4'))).toBe(until);
  });
});
