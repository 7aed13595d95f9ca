// One-use tickets, for browsers: they cannot set headers on a WebSocket, and a token does not belong in a URL. A ticket
// carries the principal of whoever asked for it, for half a minute and for the web page that it was given to.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { StateRedis } from '#redis';
import type { Principal } from './principal.js';
import { Revocations } from './revocations.js';
import type { Scope } from './scopes.js';

const LIFETIME_MS = 30_000;
const TICKET = /^tkt_[\w-]{43}$/;

interface Stored extends Omit<Principal, 'scopes'> {
  scopes: Scope[];
  origin?: string;
}

export interface Ticket {
  ticket: string;
  /** ISO 8601 */
  expires_at: string;
}

export const isTicket = (text: string): boolean => text.startsWith('tkt_');

@Injectable()
export class Tickets {
  constructor(
    private readonly redis: StateRedis,
    private readonly revocations: Revocations,
  ) {}

  /** @param origin header of the request, if it came from a web page */
  async issue(principal: Principal, origin: string | undefined): Promise<Ticket> {
    const ticket = `tkt_${randomBytes(32).toString('base64url')}`;
    const stored: Stored = {
      ...principal,
      scopes: [...principal.scopes],
      ...(origin !== undefined && { origin }),
    };
    const key = this.redis.keys.ticket(ticket);
    await this.redis.attempt((client) => client.set(key, JSON.stringify(stored), 'PX', LIFETIME_MS));
    return { ticket, expires_at: new Date(Date.now() + LIFETIME_MS).toISOString() };
  }

  /**
   * Reading it is using it up, also when it then does not fit.
   * @throws ParleyError `unauthorized`, `state_unavailable`
   */
  async redeem(ticket: string, origin: string | undefined): Promise<Principal> {
    const key = this.redis.keys.ticket(ticket);
    const text = TICKET.test(ticket) ? await this.redis.attempt((client) => client.getdel(key)) : null;
    const stored = text === null ? undefined : (JSON.parse(text) as Stored);
    if (stored === undefined || (stored.origin !== undefined && stored.origin !== origin))
      throw new ParleyError(
        'unauthorized',
        'unable to grant access; ticket unknown, used, or of another page',
      );
    const { origin: _origin, scopes, ...principal } = stored;
    await this.revocations.loaded();
    return { ...principal, scopes: new Set(scopes) };
  }
}
