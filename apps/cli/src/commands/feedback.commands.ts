// parley feedback <run> [score]: says what somebody thought of an answer, or shows what was said.
import type { Score } from '#runs';
import { Command, Option } from 'nest-commander';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { print } from '../io/output.js';
import { BaseCommand, type BaseOptions } from './base-command.js';

const SCORES: Readonly<Record<string, Score>> = { up: 5, down: 1, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5 };

interface FeedbackOptions extends BaseOptions {
  comment?: string;
  user?: string;
}

@Command({
  name: 'feedback',
  arguments: '<run_id> [score]',
  description: 'Scores an answer (1 to 5, up or down); without a score shows what was said of it.',
})
export class FeedbackCommands extends BaseCommand {
  async run([id, said]: string[], options: FeedbackOptions): Promise<void> {
    const score = said === undefined ? undefined : SCORES[said];
    if (said !== undefined && score === undefined)
      throw new CliError('a score is a whole number from 1 to 5, up or down');
    const [{ FeedbackConfig }, { FeedbackModule, FeedbackStore, RunStore }, { DEFAULT_TENANT }] =
      await Promise.all([import('#config'), import('#runs'), import('#contracts')]);
    const parts = { configs: [FeedbackConfig], imports: [FeedbackModule] };
    await withRuns(async (backend) => {
      const run = await backend.get(RunStore).get(id!);
      if (run === undefined || run.tenant !== (options.tenant ?? DEFAULT_TENANT))
        throw new CliError('there is no run by this id');
      const store = backend.get(FeedbackStore);
      const json = options.json === true;
      if (score === undefined) {
        const feedback = await store.of(run.run_id);
        return print(json, { run_id: run.run_id, feedback }, () =>
          feedback.map((one) => `${one.score}  ${one.comment ?? ''}`.trimEnd()),
        );
      }
      const { comment, user = 'cli' } = options;
      const { replaced } = await store.give(run, user, { score, ...(comment !== undefined && { comment }) });
      return print(json, { run_id: run.run_id, score, replaced }, () => [
        replaced ? `${score}, in place of what was said before` : String(score),
      ]);
    }, parts);
  }

  @Option({ flags: '--comment <text>', description: 'Kept only where FEEDBACK_COMMENTS is on.' })
  comment(text: string): string {
    return text;
  }

  @Option({ flags: '--user <user>', description: 'Whose opinion it is; default `cli`.' })
  user(text: string): string {
    return text;
  }
}
