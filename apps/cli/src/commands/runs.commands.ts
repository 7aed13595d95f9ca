// parley runs …: one run, by its id.
import { Command, SubCommand } from 'nest-commander';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { print, table } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

@SubCommand({ name: 'show', arguments: '<run_id>', description: 'State and result of a run.' })
class ShowRun extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const { RunStore } = await import('#runs');
    const run = await withRuns((backend) => backend.get(RunStore).get(id));
    if (run === undefined) throw new CliError('there is no run by this id');
    const { result, ...rest } = run;
    const ending = result?.type === 'run.completed' ? result.text : result?.error;
    print(options.json === true, run, () => table([...Object.entries(rest), ['result', ending]]));
  }
}

@SubCommand({
  name: 'cancel',
  arguments: '<run_id>',
  description: 'Stops a run, or takes it out of the queue.',
})
class CancelRun extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const { RunStore } = await import('#runs');
    const { outcome, status } = await withRuns((backend) => backend.get(RunStore).cancel(id));
    if (outcome === 'not_found') throw new CliError('there is no run by this id');
    print(options.json === true, { run_id: id, outcome, status }, () => [
      `${outcome} (${status ?? 'unknown'})`,
    ]);
    if (outcome === 'already_finished') process.exitCode = 1;
  }
}

@Command({ name: 'runs', description: 'Messages under way.', subCommands: [ShowRun, CancelRun] })
export class RunCommands extends CommandGroup {}
