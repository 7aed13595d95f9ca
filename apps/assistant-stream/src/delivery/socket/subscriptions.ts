// The subscriptions of one socket, by channel. Knows whose they are, so that a new token can be held against them; does not
// know what is said about it.
import { can, type Principal } from '#auth';
import { ParleyError, type ChannelRef, type Cursor } from '#contracts';
import type { Broadcasts } from '../broadcasts.js';
import type { Outlet } from '../outlet.js';
import type { Wrap } from '../render/wrap.js';
import type { Subscription, SubscriptionOptions } from '../subscription.js';

/** The tenant is remembered because the socket's may change with its token. */
interface Place {
  tenant: string;
  subscription: Subscription;
}

export class Subscriptions {
  /** Made with the first one: most sockets of a burst have none yet. */
  private places: Map<string, Place> | undefined;

  constructor(
    private readonly outlet: Outlet,
    private readonly broadcasts: Broadcasts,
    private readonly limit: number,
  ) {}

  /**
   * Asking again replaces: a client that changes its format or cursor does not get everything twice.
   * @param announce told the cursor from which it goes on, before anything is sent
   * @throws ParleyError `rate_limited`, `state_unavailable`
   */
  async open(
    { tenant, channel }: ChannelRef,
    options: SubscriptionOptions,
    cursor: Cursor | undefined,
    announce: (cursor: string) => void,
  ): Promise<void> {
    const places = (this.places ??= new Map<string, Place>());
    if (!places.has(channel) && places.size >= this.limit)
      throw new ParleyError('rate_limited', 'unable to subscribe; too many subscriptions on this socket', {
        details: [`at most ${this.limit} subscriptions`],
      });
    this.close(channel);
    const subscription = this.broadcasts.create(this.outlet, options);
    places.set(channel, { tenant, subscription });
    try {
      await this.broadcasts.attach({ tenant, channel }, subscription, cursor, announce);
    } catch (error) {
      if (places.get(channel)?.subscription === subscription) this.close(channel);
      throw error;
    }
  }

  close(channel: string): void {
    const place = this.places?.get(channel);
    if (!place) return;
    this.places?.delete(channel);
    this.broadcasts.detach(place.subscription);
  }

  closeAll(): void {
    for (const { subscription } of this.places?.values() ?? []) this.broadcasts.detach(subscription);
    this.places = undefined;
  }

  /** Closes what a principal does not reach. @returns the channels, with the dress in which each was listened to */
  closeUnreached(principal: Principal): { channel: string; dress: Wrap }[] {
    const closed: { channel: string; dress: Wrap }[] = [];
    for (const [channel, { tenant, subscription }] of this.places ?? []) {
      if (tenant === principal.tenant && can(principal, 'channels:read', channel) === 'granted') continue;
      this.close(channel);
      closed.push({ channel, dress: subscription.wrap });
    }
    return closed;
  }
}
