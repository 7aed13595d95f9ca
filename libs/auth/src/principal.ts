// Who asks, once that is known. Everything else here turns something into this, or decides by it.
import type { Scope } from './scopes.js';

export interface Principal {
  /** `sub` of the token; {@link ANYBODY} and {@link SHARED} for those who have none. */
  subject: string;
  tenant: string;
  scopes: ReadonlySet<Scope>;
  /** Exact names, or beginnings that end in `*`; absent = all channels of the tenant. */
  channels?: readonly string[];
  /** By which the token can be revoked. */
  tokenId?: string;
  /** Ms since 1970 after which this says nothing any more. */
  expiresAt?: number;
}

/** Nobody in particular, in an open system. */
export const ANYBODY = 'anybody';
/** Whoever knows WS_TOKEN. */
export const SHARED = 'shared-secret';
