// parley usage …: what has been used, by whom and for what, and how the limits stand.
import { Command, Option, SubCommand } from 'nest-commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { Standing, UsageBy, UsageRow } from '#usage';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { print } from '../io/output.js';
import { BaseCommand, type BaseOptions } from './base-command.js';

interface UsageOptions extends BaseOptions {
  by?: UsageBy;
  from?: string;
  to?: string;
  csv?: true;
}

/** Rows that are read at a time. */
const PAGE = 1_000;
const BY: readonly UsageBy[] = ['user', 'tenant', 'model', 'assistant', 'kind', 'day', 'month'];

async function withUsage<T>(use: (backend: INestApplicationContext) => Promise<T>): Promise<T> {
  const [{ LimitsConfig }, { UsageModule }] = await Promise.all([import('#config'), import('#usage')]);
  return withBackend([LimitsConfig], { imports: [UsageModule] }, use);
}

@SubCommand({ name: 'limits', description: 'How the limits stand, of the service, a tenant and a user.' })
export class UsageLimits extends BaseCommand {
  async run(_: string[], options: BaseOptions & { user?: string }): Promise<void> {
    const { DEFAULT_TENANT } = await import('#contracts');
    const { LimitStanding } = await import('#usage');
    const items = await withUsage((backend) =>
      backend.get(LimitStanding, { strict: false }).of(options.tenant ?? DEFAULT_TENANT, options.user),
    );
    print(options.json === true, { items }, () => items.map(standingLine));
  }

  @Option({ flags: '--user <user>', description: "Also this user's." })
  user(user: string): string {
    return user;
  }
}

@Command({
  name: 'usage',
  description: 'Calls, tokens and dollars of this month: by day, user, model, …; as lines, CSV or JSON.',
  subCommands: [UsageLimits],
})
export class UsageCommands extends BaseCommand {
  async run(_: string[], options: UsageOptions): Promise<void> {
    if (options.csv && options.json) throw new CliError('--csv or --json, not both');
    const { DEFAULT_TENANT } = await import('#contracts');
    const { UsageReports, toCsv, USAGE_COLUMNS } = await import('#usage');
    const { by = 'day', from, to, tenant = DEFAULT_TENANT } = options;
    const items: UsageRow[] = [];
    const range = await withUsage(async (backend) => {
      const reports = backend.get(UsageReports, { strict: false });
      for (let cursor: string | undefined; ;) {
        const page = await reports.page({ tenant, by, from, to, limit: PAGE, cursor });
        items.push(...page.items);
        cursor = page.next;
        if (cursor === undefined) return { from: page.from, to: page.to };
      }
    });
    if (options.csv) process.stdout.write(toCsv(USAGE_COLUMNS, items));
    else print(options.json === true, { ...range, by, items }, () => items.map(usageLine));
  }

  @Option({
    flags: '--by <what>',
    description: 'user, tenant, model, assistant, kind, day (default) or month.',
  })
  by(text: string): UsageBy {
    const by = BY.find((name) => name === text);
    if (by === undefined) throw new CliError(`--by takes ${BY.join(', ')}`);
    return by;
  }

  @Option({ flags: '--from <day>', description: 'First day or month, UTC: 2026-11-01 or 2026-11.' })
  from(day: string): string {
    return day;
  }

  @Option({ flags: '--to <day>', description: 'Last day or month; default today.' })
  to(day: string): string {
    return day;
  }

  @Option({ flags: '--csv', description: 'Print CSV.' })
  csv(): true {
    return true;
  }
}

const dollars = (cost: number | null): string => (cost === null ? 'unknown cost' : `$${cost}`);

const usageLine = ({ tenant, name, ...of }: UsageRow): string =>
  `${tenant === undefined ? '' : `${tenant}  `}${name || '-'}  ${of.requests} requests (${of.failed} failed)  ${of.input_tokens} in  ${of.output_tokens} out  ${dollars(of.cost_usd)}${of.unpriced > 0 && of.cost_usd !== null ? ` and ${of.unpriced} of unknown cost` : ''}`;

const standingLine = ({ scope, limit, max, used, held, resets_at }: Standing): string =>
  `${scope}  ${limit}  ${used} used, ${held} held of ${max === 0 ? 'any number' : max}${resets_at === undefined ? '' : `  until ${resets_at}`}`;
