// Who is on a socket: from the upgrade, from frames, and for how long. Answers one after the other, so that a token which has
// to be verified first does not let later frames overtake. Knows no subscriptions.
import type { Principal } from '#auth';
import { isTicket, type AccessPolicy, type Tickets } from '#auth';
import { ParleyError } from '#contracts';

/** Where the socket comes from. */
export interface Peer {
  origin?: string | undefined;
  address?: string | undefined;
}

export class Identity {
  private principal: Principal | undefined;
  private offered: string | undefined;
  private last: Promise<unknown> | undefined;

  constructor(
    private readonly access: AccessPolicy,
    private readonly tickets: Tickets,
    private readonly peer: Peer,
  ) {}

  get known(): Principal | undefined {
    return this.principal;
  }

  /** The upgrade's token: asked for again as long as it has not been accepted, so that a typo does not pass unseen. */
  offer(credential: string): void {
    if (!isTicket(credential)) this.offered = credential;
  }

  become(principal: Principal): void {
    this.principal = principal;
  }

  /**
   * Calls `use` in the order of the calls of this, at once where nothing must be waited for.
   * @param credential token or ticket of one frame; absent = whoever is known here
   */
  inTurn(
    credential: string | undefined,
    use: (principal: Principal) => void,
    fail: (error: unknown) => void,
  ): void {
    const step = (): void | Promise<void> => {
      const found = this.find(credential);
      return found instanceof Promise ? found.then(use) : use(found);
    };
    const begun = this.last === undefined ? attempt(step) : this.last.then(step);
    if (!(begun instanceof Promise)) return;
    const mine: Promise<void> = begun.catch(fail).finally(() => {
      if (this.last === mine) this.last = undefined;
    });
    this.last = mine;
  }

  /** Calls `use` after all that was asked for before, at once where nothing is waited for. */
  afterwards(use: () => void): void {
    if (this.last === undefined) use();
    else void this.last.then(use);
  }

  /** @throws ParleyError `unauthorized`, `rate_limited` */
  private find(credential: string | undefined): Principal | Promise<Principal> {
    // The offered one was counted when the socket opened: asking again is no other guess.
    if (credential === undefined) return this.principal ?? this.access.authenticate(this.offered);
    return isTicket(credential)
      ? this.redeem(credential)
      : this.access.authenticate(credential, this.peer.address);
  }

  private async redeem(ticket: string): Promise<Principal> {
    const principal = await this.tickets.redeem(ticket, this.peer.origin);
    const { principal: known } = this;
    // Somebody else's ticket on a socket that has an owner was stolen or mixed up.
    if (known && (known.subject !== principal.subject || known.tenant !== principal.tenant))
      throw new ParleyError('unauthorized', 'unable to grant access; ticket of somebody else');
    if (!this.access.stands(principal, Date.now()))
      throw new ParleyError('unauthorized', 'unable to grant access; the token behind the ticket has ended');
    return principal;
  }
}

/** Throws and rejects alike. */
function attempt(step: () => void | Promise<void>): void | Promise<void> {
  try {
    return step();
  } catch (error) {
    return Promise.reject(error);
  }
}
