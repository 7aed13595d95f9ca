// Tells Redis what became of a call, in the words of SETTLE, and counts it for the metrics of this process when it was new.
import type { LimitsConfig } from '#config';
import { digest, userKey, userName } from '#contracts';
import type { StateRedis } from '#redis';
import type { Metrics } from '#telemetry';
import { NANO, type Prices } from '../prices/prices.js';
import { SETTLE } from '../scripts/settle.lua.js';
import { Together } from './together.js';
import type { LateSettlement } from './late-settlements.js';
import type { Settled, Settlement } from './reservation.js';

/** Beyond this no worker can come back with the same call. */
const SEEN_SECONDS = 8 * 24 * 3_600;
const DAY_SECONDS = 24 * 3_600;
/** Of names and ids that others make up. */
const NAME_CHARS = 128;

/** As SETTLE answers: 1 = now or 0 = before, cost or '', input, output. */
type Told = [first: number, cost: string, input: number, output: number];

export class Settler {
  private readonly together: Together<Told>;

  constructor(
    redis: StateRedis,
    private readonly config: LimitsConfig,
    private readonly prices: Prices,
    private readonly metrics: Metrics | undefined,
  ) {
    this.together = new Together((calls, waitMs) =>
      redis.run<Told[]>(SETTLE, [redis.keys.usage], calls.flat(), waitMs),
    );
  }

  /** @returns billionths of a dollar; undefined when nobody knows */
  cost({ usage, outcome, model, service_tier }: Settlement): number | undefined {
    if (usage === undefined) return outcome === 'failed' ? 0 : undefined;
    return this.prices.cost(model, usage, service_tier);
  }

  /**
   * @param swept only if nobody came for the reservation in time
   * @throws ParleyError `state_unavailable`; telling it again is safe
   */
  async settle({ id, settlement, counts }: LateSettlement, waitMs: number, swept = false): Promise<Settled> {
    const { usage, outcome, tenant, at } = settlement;
    const { model, assistant = '', source, kind } = settlement;
    const user = userName(settlement.user);
    const request = short(settlement.provider_request_id ?? '');
    const response = short(settlement.response_id ?? '');
    const known = usage !== undefined;
    const price = known ? this.cost(settlement) : undefined;
    const [first, cost, input, output] = await this.together.tell(
      [
        id,
        tenant,
        user,
        userKey(tenant, user),
        short(model),
        short(assistant),
        outcome,
        short(source),
        short(kind),
        at === undefined ? '' : Math.round(at),
        known ? 1 : 0,
        ...[usage?.input_tokens, usage?.output_tokens, usage?.cached_tokens, usage?.reasoning_tokens].map(
          count,
        ),
        price ?? '',
        ...[request, response].map((name) => (name === '' ? '' : digest(name))),
        request,
        response,
        counts ? 1 : 0,
        this.config.usageDays * DAY_SECONDS,
        this.config.ledgerDays * DAY_SECONDS,
        SEEN_SECONDS,
        swept ? 1 : 0,
      ],
      waitMs,
    );
    const settled = { cost_usd: cost === '' ? null : Number(cost) / NANO, first: first === 1 };
    if (settled.first) this.note(settlement, settled.cost_usd, input, output);
    return settled;
  }

  private note(
    { usage, model, kind, outcome }: Settlement,
    dollars: number | null,
    input: number,
    output: number,
  ): void {
    if (this.metrics === undefined) return;
    const label = this.prices.label(model);
    const tokens = (part: string, n: number): void =>
      this.metrics!.usageTokens.inc({ model: label, part }, n);
    tokens('input', input);
    tokens('output', output);
    tokens('cached', count(usage?.cached_tokens));
    tokens('reasoning', count(usage?.reasoning_tokens));
    this.metrics.usageRequests.inc({ kind, outcome });
    if (dollars === null) this.metrics.usageUnpriced.inc({ model: label });
    else this.metrics.usageCost.inc({ model: label }, dollars);
  }
}

/** A provider may say anything, or nothing. */
const count = (n: number | undefined): number =>
  n !== undefined && n > 0 && Number.isFinite(n) ? Math.round(n) : 0;

const short = (name: string): string => name.slice(0, NAME_CHARS).toWellFormed();
