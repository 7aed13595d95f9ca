// parley transcriptions create: a recording from a file; its text comes while it is made.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { note, print, say } from '../../io/output.js';
import { BaseCommand, type BaseOptions, tenantOf } from '../base-command.js';
import { found, withTranscriptions, type OpenTranscriptions } from './transcriptions-backend.js';

const LOOK_MS = 200;

interface CreateOptions extends BaseOptions {
  model?: string;
  format?: string;
  words?: true;
  language?: string[];
  prompt?: string;
  keyword?: string[];
  vcon?: string;
  dialog?: number;
  vectorStore?: string;
  detach?: true;
}

@SubCommand({ name: 'create', arguments: '<file>', description: 'Writes a recording down.' })
export class CreateTranscription extends BaseCommand {
  async run([file]: [string], options: CreateOptions): Promise<void> {
    const { json, tenant: _tenant, detach, language, keyword, vectorStore, ...wishes } = options;
    const tenant = await tenantOf(options);
    if (!(await stat(file).catch(() => undefined))?.isFile()) throw new CliError('there is no such file');
    await withTranscriptions(async (open) => {
      // Refused before anything is read.
      const asked = {
        format: 'text',
        ...wishes,
        ...(language && { languages: language }),
        ...(keyword && { keywords: keyword }),
        ...(vectorStore !== undefined && { vector_store_id: vectorStore }),
      };
      open.transcriptions.read(asked);
      const kept = await open.transcriptions.keep(tenant, createReadStream(file));
      const { id, state } = await open.transcriptions.create(kept, asked);
      if (detach) return print(json === true, { id, state }, () => [id]);
      note(id);
      // Subtitles and the like can only be written when everything has been said.
      const aloud = json !== true && (wishes.format ?? 'text') === 'text';
      await follow(open, id, aloud);
      const job = found(await open.transcriptions.get(tenant, id));
      if (json) print(true, job, () => []);
      else if (!aloud && job.result) {
        const { renderTranscript } = await import('#documents');
        say(`${renderTranscript(job.result.transcript, job.request.wishes.format).body.trimEnd()}\n`);
      }
      if (job.state === 'completed') return undefined;
      const reasons = job.fault === undefined ? '' : `; ${[job.fault.code, ...job.fault.details].join(', ')}`;
      throw new CliError(`the transcription is ${job.state}${reasons}`);
    });
  }

  @Option({ flags: '--model <model>', description: 'Default: OPENAI_MODEL_TRANSCRIBE.' })
  model(name: string): string {
    return name;
  }

  @Option({
    flags: '--format <format>',
    description: 'text (default), json, srt, vtt, verbose_json or diarized_json.',
  })
  format(name: string): string {
    return name;
  }

  @Option({ flags: '--words', description: 'With verbose_json: times of single words.' })
  words(): true {
    return true;
  }

  @Option({ flags: '--language <code...>', description: 'What is spoken, such as en.' })
  language(code: string, before: string[] = []): string[] {
    return [...before, code];
  }

  @Option({ flags: '--prompt <text>', description: 'Text that goes before, or hints at names and style.' })
  prompt(text: string): string {
    return text;
  }

  @Option({ flags: '--keyword <word...>', description: 'Names and words that come up.' })
  keyword(word: string, before: string[] = []): string[] {
    return [...before, word];
  }

  @Option({ flags: '--vcon <uuid>', description: 'A saved vCon that gets the transcript as an analysis.' })
  vcon(uuid: string): string {
    return uuid;
  }

  @Option({ flags: '--dialog <n>', description: 'Which of its dialogs was heard.' })
  dialog(text: string): number {
    return Number(text);
  }

  @Option({ flags: '--vector-store <id>', description: 'Where the transcript is made searchable.' })
  vectorStore(id: string): string {
    return id;
  }

  @Option({ flags: '--detach', description: 'Print the id and do not wait.' })
  detach(): true {
    return true;
  }
}

/** Until it has ended. @param aloud its text goes to the output as it comes */
async function follow({ jobs }: OpenTranscriptions, id: string, aloud: boolean): Promise<void> {
  const { isEnded } = await import('#documents');
  for (let place = ''; ; await sleep(LOOK_MS)) {
    for (const { id: row, event } of await jobs.events(id, place)) {
      place = row;
      if (event.type === 'text' && aloud) say(event.delta);
      else if (event.type === 'reset') note('\nparley: it is said again from the beginning');
      else if (event.type === 'progress' && event.total > 1)
        note(`parley: ${event.stage}, ${event.done} of ${event.total} pieces`);
      else if (event.type === 'state' && isEnded(event.state)) {
        if (aloud && event.state === 'completed') say('\n');
        return;
      }
    }
  }
}
