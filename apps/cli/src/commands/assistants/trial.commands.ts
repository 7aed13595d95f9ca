// parley assistants try, end-trial: a version for a share of new runs, and what ends that by itself.
import { Option, SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { print } from '../../io/output.js';
import { BaseCommand, type BaseOptions } from '../base-command.js';
import {
  configOf,
  ConfiguringCommand,
  details,
  scopeOf,
  withAssistants,
  type ConfigOptions,
} from './assistants-backend.js';

interface TrialOptions extends ConfigOptions {
  candidate?: number;
  share?: number;
  minRuns?: number;
  maxErrorShare?: number;
  maxCostUsd?: number;
  maxCostFactor?: number;
}

function numberOf(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new CliError(`${flag} must be a number from ${least} to ${most}`);
}

function positive(flag: string, text: string): number {
  const value = numberOf(flag, text, 0, 1_000_000);
  if (value > 0) return value;
  throw new CliError(`${flag} must be more than 0`);
}

function whole(flag: string, text: string, most: number): number {
  const value = numberOf(flag, text, 1, most);
  if (Number.isInteger(value)) return value;
  throw new CliError(`${flag} must be a whole number`);
}

@SubCommand({
  name: 'try',
  arguments: '<id>',
  description: 'Gives a share of new runs another version; too many failures, or too high a cost, end that.',
})
export class TryAssistant extends ConfiguringCommand {
  async run([id]: [string], options: TrialOptions): Promise<void> {
    const { candidate, share, minRuns = 20, maxErrorShare = 0.2, maxCostUsd, maxCostFactor } = options;
    if ((candidate === undefined) === (options.config === undefined))
      throw new CliError('either --candidate or --config must be given');
    if (share === undefined) throw new CliError('--share must be given');
    const config = await configOf(options);
    const { tenant, by } = scopeOf(options);
    const bounds = {
      share,
      min_runs: minRuns,
      max_error_share: maxErrorShare,
      ...(maxCostUsd !== undefined && { max_cost_usd: maxCostUsd }),
      ...(maxCostFactor !== undefined && { max_cost_factor: maxCostFactor }),
    };
    const assistant = await withAssistants(({ registry, canary, onRecord }) =>
      onRecord('try', id, async () => {
        const change = { by, why: 'on trial' };
        const version = candidate ?? (await registry.propose(tenant, id, config, change));
        return canary.set(tenant, id, { version, ...bounds });
      }),
    );
    print(options.json === true, assistant, () => details(assistant));
  }

  @Option({ flags: '--candidate <version>', description: 'The version to try; this or --config.' })
  candidate(text: string): number {
    return whole('--candidate', text, 1_000_000_000);
  }

  @Option({ flags: '--share <share>', description: 'Of new runs, 0 to 1.' })
  share(text: string): number {
    return numberOf('--share', text, 0, 1);
  }

  @Option({ flags: '--min-runs <runs>', description: 'How many must have ended before it is judged; 20.' })
  minRuns(text: string): number {
    return whole('--min-runs', text, 1_000);
  }

  @Option({ flags: '--max-error-share <share>', description: 'A greater share of failures ends it; 0.2.' })
  maxErrorShare(text: string): number {
    return numberOf('--max-error-share', text, 0, 1);
  }

  @Option({ flags: '--max-cost-usd <usd>', description: 'A greater mean cost of completed runs ends it.' })
  maxCostUsd(text: string): number {
    return positive('--max-cost-usd', text);
  }

  @Option({
    flags: '--max-cost-factor <factor>',
    description: "A mean cost of more than so many times the live version's ends it.",
  })
  maxCostFactor(text: string): number {
    return positive('--max-cost-factor', text);
  }
}

@SubCommand({ name: 'end-trial', arguments: '<id>', description: 'New runs get the live version again.' })
export class EndTrial extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const { tenant } = scopeOf(options);
    const assistant = await withAssistants(({ canary, onRecord }) =>
      onRecord('end-trial', id, () => canary.end(tenant, id)),
    );
    print(options.json === true, assistant, () => details(assistant));
  }
}
