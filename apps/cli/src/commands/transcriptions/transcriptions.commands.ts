// parley transcriptions …: recordings written down.
import { Command, SubCommand } from 'nest-commander';
import { onRecord } from '../../backend/audited.js';
import { CliError } from '../../io/cli-error.js';
import { print, say, table } from '../../io/output.js';
import {
  BaseCommand,
  CommandGroup,
  noteMore,
  PagedCommand,
  pageOf,
  tenantOf,
  type BaseOptions,
  type PagedOptions,
} from '../base-command.js';
import { CreateTranscription } from './create.command.js';
import { found, withTranscriptions } from './transcriptions-backend.js';

@SubCommand({
  name: 'get',
  arguments: '<id>',
  description: 'State and transcript, in the form that was asked for.',
})
class GetTranscription extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const job = found(await withTranscriptions(({ transcriptions }) => transcriptions.get(tenant, id)));
    if (options.json) return print(true, job, () => []);
    if (job.result !== undefined) {
      const { renderTranscript } = await import('#documents');
      return say(renderTranscript(job.result.transcript, job.request.wishes.format).body.trimEnd() + '\n');
    }
    print(false, job, () =>
      table([
        ['state', job.state],
        ['reason', job.fault?.code],
        ['details', job.fault?.details.join(', ') || undefined],
        ['pieces', job.progress && `${job.progress.done} of ${job.progress.total}`],
      ]),
    );
  }
}

@SubCommand({ name: 'list', description: 'Transcriptions, newest first.' })
class ListTranscriptions extends PagedCommand {
  async run(_: string[], options: PagedOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const page = await withTranscriptions(({ transcriptions }) =>
      transcriptions.list(tenant, pageOf(options)),
    );
    print(options.json === true, page, () =>
      page.items.map(
        ({ id, state, created_at, request }) =>
          `${id}  ${new Date(created_at).toISOString()}  ${state}  ${request.wishes.model}`,
      ),
    );
    noteMore(page, options);
  }
}

@SubCommand({ name: 'cancel', arguments: '<id>', description: 'Stops one, or takes it out of the queue.' })
class CancelTranscription extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const outcome = await withTranscriptions(({ transcriptions }) => transcriptions.cancel(tenant, id));
    if (outcome === 'not_found') throw new CliError('there is no transcription by this id');
    print(options.json === true, { id, outcome }, () => [outcome]);
    if (outcome === 'already_finished') process.exitCode = 1;
  }
}

@SubCommand({ name: 'delete', arguments: '<id>', description: 'Removes all that is kept of one.' })
class DeleteTranscription extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const deleted = await withTranscriptions(({ transcriptions, backend }) =>
      onRecord(backend, { action: 'transcription.delete', object: id, tenant }, () =>
        transcriptions.delete(tenant, id),
      ),
    );
    if (!deleted) throw new CliError('there is no transcription by this id');
    print(options.json === true, { id, deleted }, () => ['deleted']);
  }
}

@Command({
  name: 'transcriptions',
  description: 'Recordings written down.',
  subCommands: [
    CreateTranscription,
    GetTranscription,
    ListTranscriptions,
    CancelTranscription,
    DeleteTranscription,
  ],
})
export class TranscriptionCommands extends CommandGroup {}
