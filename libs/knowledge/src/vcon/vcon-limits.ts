// How large a vCon may be. Recordings may be inside, so bytes are many and members are not.
import type { JsonLimits } from '#contracts';

export const VCON_LIMITS: JsonLimits = {
  bytes: 50 * 1024 * 1024,
  depth: 48,
  members: 500_000,
  items: 500_000,
};

/** Issues that are told of one vCon; more help nobody. */
export const MOST_ISSUES = 100;
