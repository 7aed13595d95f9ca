// parley channels export-vcon, start-from-vcon: a channel's conversation as a vCon, and a kept vCon as the past of a channel.
import { writeFile } from 'node:fs/promises';
import type { ChannelVcons } from '#knowledge';
import { Command, Option, SubCommand } from 'nest-commander';
import { withBackend } from '../backend/with-backend.js';
import { auditParts } from '../backend/audited.js';
import { print, say, table } from '../io/output.js';
import { BaseCommand, channelOf, CommandGroup, type BaseOptions } from './base-command.js';
import { accountOf, VconCommand, type VconOptions } from './vcons/vcons-backend.js';

async function withChannelVcons<T>(use: (vcons: ChannelVcons) => Promise<T>): Promise<T> {
  const [config, { ChannelVcons, ChannelVconsModule }, { Metrics }, audit] = await Promise.all([
    import('#config'),
    import('#knowledge'),
    import('#telemetry'),
    auditParts(),
  ]);
  const { KnowledgeConfig, OpenaiConfig, PrivacyConfig, RunsConfig, VconConfig } = config;
  return withBackend(
    [OpenaiConfig, RunsConfig, KnowledgeConfig, PrivacyConfig, VconConfig, ...audit.configs],
    { imports: [ChannelVconsModule], providers: [Metrics, ...audit.providers] },
    (backend) => use(backend.get(ChannelVcons, { strict: false })),
  );
}

@SubCommand({
  name: 'export-vcon',
  arguments: '<channel>',
  description: 'The conversation of a channel as a vCon.',
})
class ExportVcon extends BaseCommand {
  async run([channel]: [string], options: BaseOptions & { out?: string }): Promise<void> {
    const ref = await channelOf(channel, options);
    const text = `${JSON.stringify(await withChannelVcons((vcons) => vcons.export(ref)), undefined, 2)}\n`;
    if (options.out === undefined) say(text);
    // What people said is nobody else's on this machine.
    else await writeFile(options.out, text, { mode: 0o600 });
  }

  @Option({ flags: '--out <file>', description: 'Into this file instead of the output.' })
  out(file: string): string {
    return file;
  }
}

@SubCommand({
  name: 'start-from-vcon',
  arguments: '<channel> <uuid>',
  description: 'Begins the conversation of a channel that has none with what a saved vCon says.',
})
class StartFromVcon extends VconCommand {
  async run([channel, uuid]: [string, string], options: VconOptions): Promise<void> {
    const ref = await channelOf(channel, options);
    const started = await withChannelVcons((vcons) => vcons.begin(ref, uuid, accountOf(options)));
    print(options.json === true, started, () => table(Object.entries(started)));
  }
}

@Command({
  name: 'channels',
  description: 'Conversations of channels as vCons, and from them.',
  subCommands: [ExportVcon, StartFromVcon],
})
export class ChannelCommands extends CommandGroup {}
