// parley plans create, apply, grade: the wish from options and files; the command waits for what comes of it.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, SubCommand } from 'nest-commander';
import type { PlanAsker, PlanJob, Plans } from '#documents';
import { CliError } from '../../io/cli-error.js';
import { note, print } from '../../io/output.js';
import { BaseCommand, type BaseOptions, tenantOf } from '../base-command.js';
import { withTranscriptions } from '../transcriptions/transcriptions-backend.js';
import { planLines } from './plan-lines.js';

const LOOK_MS = 250;

interface WaitOptions extends BaseOptions {
  model?: string;
  cache?: boolean;
  detach?: true;
}

abstract class PlanMaking extends BaseCommand {
  protected async make(
    { json, detach, ...options }: WaitOptions,
    ask: (plans: Plans, asker: PlanAsker, asked: object) => Promise<PlanJob>,
  ): Promise<void> {
    const tenant = await tenantOf(options);
    const { isEnded } = await import('#documents');
    const { model, cache } = options;
    const asked = { ...(model !== undefined && { model }), ...(cache !== undefined && { cache }) };
    await withTranscriptions(async ({ plans }) => {
      let job = await ask(plans, { tenant }, asked);
      const { id } = job;
      if (detach) return print(json === true, { id, state: job.state }, () => [id]);
      note(id);
      while (!isEnded(job.state)) {
        await sleep(LOOK_MS);
        const now = await plans.get(tenant, id);
        if (now === undefined) throw new CliError('the plan was deleted');
        job = now;
      }
      const lines = await planLines(job);
      print(json === true, job, () => lines);
      if (job.state !== 'completed') process.exitCode = 1;
    });
  }

  @Option({ flags: '--model <model>', description: 'Default: OPENAI_MODEL_PLAN.' })
  model(name: string): string {
    return name;
  }

  @Option({ flags: '--no-cache', description: 'Ask the model even if an equal question was answered.' })
  cache(): boolean {
    return false;
  }

  @Option({ flags: '--detach', description: 'Print the id and do not wait.' })
  detach(): true {
    return true;
  }
}

interface CreateOptions extends WaitOptions {
  project?: string;
  family?: string;
  fact?: string[];
  source?: string[];
  vcon?: string[];
}

@SubCommand({ name: 'create', arguments: '<customer>', description: 'Makes a strategic build plan.' })
export class CreatePlan extends PlanMaking {
  async run([customer]: [string], options: CreateOptions): Promise<void> {
    const { project, family, fact, source = [], vcon } = options;
    const sources: { name: string; text: string }[] = [];
    for (const path of source) sources.push({ name: basename(path), text: await textOf(path) });
    await this.make(options, (plans, asker, asked) =>
      plans.create(asker, {
        ...asked,
        customer,
        ...(project !== undefined && { project_name: project }),
        ...(family !== undefined && { family_of_parts: family }),
        ...(fact && { facts: fact }),
        ...(sources.length > 0 && { sources }),
        ...(vcon && { vcons: vcon }),
      }),
    );
  }

  @Option({ flags: '--project <name>', description: 'Name of the project.' })
  project(name: string): string {
    return name;
  }

  @Option({ flags: '--family <name>', description: 'Family of parts.' })
  family(name: string): string {
    return name;
  }

  @Option({ flags: '--fact <text...>', description: 'What is known of the project.' })
  fact(text: string, before: string[] = []): string[] {
    return [...before, text];
  }

  @Option({ flags: '--source <file...>', description: 'Text files that it is made from.' })
  source(path: string, before: string[] = []): string[] {
    return [...before, path];
  }

  @Option({ flags: '--vcon <uuid...>', description: 'Saved vCons that it is made from.' })
  vcon(uuid: string, before: string[] = []): string[] {
    return [...before, uuid];
  }
}

interface ApplyOptions extends WaitOptions {
  meeting?: string;
  transcription?: string;
}

@SubCommand({
  name: 'apply',
  arguments: '<id> [file]',
  description: 'Puts what a meeting said (a text file, or --transcription) into a plan: another plan.',
})
export class ApplyTranscript extends PlanMaking {
  async run([id, file]: string[], options: ApplyOptions): Promise<void> {
    const { meeting = 'internal', transcription } = options;
    const transcript = file === undefined ? undefined : await textOf(file);
    await this.make(options, (plans, asker, asked) =>
      plans.apply(asker, id!, {
        ...asked,
        meeting_type: meeting,
        ...(transcript !== undefined && { transcript }),
        ...(transcription !== undefined && { transcription }),
      }),
    );
  }

  @Option({ flags: '--meeting <type>', description: 'customer, internal (default), kickoff or review.' })
  meeting(type: string): string {
    return type;
  }

  @Option({ flags: '--transcription <id>', description: 'What was said, instead of a file.' })
  transcription(id: string): string {
    return id;
  }
}

@SubCommand({ name: 'grade', arguments: '<id>', description: 'Judges a plan: 0 to 100 in five dimensions.' })
export class GradePlan extends PlanMaking {
  async run([id]: [string], options: WaitOptions): Promise<void> {
    await this.make(options, (plans, asker, asked) => plans.grade(asker, id, asked));
  }
}

async function textOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new CliError(`there is no file ${path} that can be read`);
  return text;
}
