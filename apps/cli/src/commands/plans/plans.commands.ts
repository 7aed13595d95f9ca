// parley plans …: structured plans.
import { Command, SubCommand } from 'nest-commander';
import { onRecord } from '../../backend/audited.js';
import { CliError } from '../../io/cli-error.js';
import { print } from '../../io/output.js';
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
import { withTranscriptions } from '../transcriptions/transcriptions-backend.js';
import { ApplyTranscript, CreatePlan, GradePlan } from './create.command.js';
import { planLines } from './plan-lines.js';

const none = (): CliError => new CliError('there is no plan by this id');

@SubCommand({ name: 'get', arguments: '<id>', description: 'State, and the plan as Markdown.' })
class GetPlan extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const job = await withTranscriptions(({ plans }) => plans.get(tenant, id));
    if (job === undefined) throw none();
    const lines = await planLines(job);
    print(options.json === true, job, () => lines);
  }
}

@SubCommand({ name: 'list', description: 'Plans, newest first.' })
class ListPlans extends PagedCommand {
  async run(_: string[], options: PagedOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const page = await withTranscriptions(({ plans }) => plans.list(tenant, pageOf(options)));
    print(options.json === true, page, () =>
      page.items.map(({ id, state, created_at, request, result }) =>
        `${id}  ${new Date(created_at).toISOString()}  ${request.task}  ${state}  ${result?.plan?.project_name ?? ''}`.trimEnd(),
      ),
    );
    noteMore(page, options);
  }
}

@SubCommand({ name: 'cancel', arguments: '<id>', description: 'Stops one, or takes it out of the queue.' })
class CancelPlan extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const outcome = await withTranscriptions(({ plans }) => plans.cancel(tenant, id));
    if (outcome === 'not_found') throw none();
    print(options.json === true, { id, outcome }, () => [outcome]);
    if (outcome === 'already_finished') process.exitCode = 1;
  }
}

@SubCommand({ name: 'delete', arguments: '<id>', description: 'Removes all that is kept of one.' })
class DeletePlan extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const deleted = await withTranscriptions(({ plans, backend }) =>
      onRecord(backend, { action: 'plan.delete', object: id, tenant }, () => plans.delete(tenant, id)),
    );
    if (!deleted) throw none();
    print(options.json === true, { id, deleted }, () => ['deleted']);
  }
}

@Command({
  name: 'plans',
  description: 'Structured plans.',
  subCommands: [CreatePlan, ApplyTranscript, GradePlan, GetPlan, ListPlans, CancelPlan, DeletePlan],
})
export class PlanCommands extends CommandGroup {}
