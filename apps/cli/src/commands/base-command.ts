// What all commands share: the options that each of them takes, and strictness about everything else.
import type { ChannelRef } from '#contracts';
import { CommandRunner, Option } from 'nest-commander';
import { CliError } from '../io/cli-error.js';
import { note } from '../io/output.js';
import { upTo } from '../io/up-to.js';

export interface BaseOptions {
  json?: true;
  tenant?: string;
}

export abstract class BaseCommand extends CommandRunner {
  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    command.allowExcessArguments(false).showHelpAfterError();
    super.setCommand(command);
    return this;
  }

  @Option({ flags: '--json', description: 'Print one JSON document.' })
  json(): true {
    return true;
  }

  @Option({ flags: '--tenant <tenant>', description: 'Tenant of the channel.' })
  tenant(value: string): string {
    return value;
  }
}

export const tenantOf = async ({ tenant }: BaseOptions): Promise<string> =>
  tenant ?? (await import('#contracts')).DEFAULT_TENANT;

/** For `parley <noun>` alone: says which verbs there are. */
export abstract class CommandGroup extends CommandRunner {
  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    command.allowExcessArguments(false).showHelpAfterError();
    super.setCommand(command);
    return this;
  }

  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}

/** Commands that delete many things. */
export interface DeletingOptions extends BaseOptions {
  yes?: true;
  dryRun?: true;
}

export abstract class DeletingCommand extends BaseCommand {
  @Option({ flags: '--yes', description: 'Do not ask.' })
  yes(): true {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'Say what would be deleted, delete nothing.' })
  dryRun(): true {
    return true;
  }
}

/** Commands that list a page at a time, newest first unless they say otherwise. */
export interface PagedOptions extends BaseOptions {
  limit?: number;
  after?: string;
}

export abstract class PagedCommand extends BaseCommand {
  @Option({ flags: '--limit <n>', description: 'At most 1000; default 50.' })
  limit(text: string): number {
    return upTo(1_000, '--limit', text);
  }

  @Option({ flags: '--after <cursor>', description: 'Go on where the last list ended.' })
  after(cursor: string): string {
    return cursor;
  }
}

export const pageOf = ({ limit = 50, after }: PagedOptions) => ({
  limit,
  order: 'desc' as const,
  ...(after !== undefined && { after }),
});

/** Commands that list from the beginning, as one reads. */
export interface ReadingOptions extends PagedOptions {
  newest?: true;
}

export abstract class ReadingCommand extends PagedCommand {
  @Option({ flags: '--newest', description: 'The newest first.' })
  newest(): true {
    return true;
  }
}

export const readingOf = ({ newest, ...page }: ReadingOptions) => ({
  ...pageOf(page),
  order: newest ? ('desc' as const) : ('asc' as const),
});

/** Says how the list goes on, if it does; JSON says it itself. */
export function noteMore({ next }: { next?: string }, { json }: BaseOptions): void {
  if (next !== undefined && !json) note(`more: --after ${next}`);
}

/** @throws CliError on a name that no door would take */
export async function channelOf(channel: string, options: BaseOptions): Promise<ChannelRef> {
  const { DEFAULT_TENANT, isChannelName, LIMITS, normalChannelName } = await import('#contracts');
  if (!isChannelName(channel))
    throw new CliError(
      `a channel has 1 to ${LIMITS.channel_chars} characters, none of them a control character`,
    );
  return { tenant: options.tenant ?? DEFAULT_TENANT, channel: normalChannelName(channel) };
}
