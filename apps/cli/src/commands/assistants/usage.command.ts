// parley assistants usage: what runs have used, of one assistant by version or of all.
import { SubCommand } from 'nest-commander';
import type { AssistantUsageReport, UsageCounts } from '#assistants';
import { print } from '../../io/output.js';
import { BaseCommand, type BaseOptions } from '../base-command.js';
import { allOf, scopeOf, withAssistants } from './assistants-backend.js';

@SubCommand({
  name: 'usage',
  arguments: '[id]',
  description: 'Ended runs and the tokens of completed ones: of one assistant by version, or of all.',
})
export class AssistantUsageCommand extends BaseCommand {
  async run([id]: string[], options: BaseOptions): Promise<void> {
    const { tenant } = scopeOf(options);
    const reports = await withAssistants(async ({ registry, usage }) => {
      if (id === undefined)
        return Promise.all((await allOf(registry, tenant)).map((one) => usage.of(tenant, one.id)));
      const report = await usage.of(tenant, id);
      // A deleted one is still counted; one that never was is a mistake.
      if (report.runs === 0) await registry.get(tenant, id);
      return [report];
    });
    const json = options.json === true;
    if (id === undefined) return print(json, { usage: reports }, () => reports.map(line));
    const [one] = reports as [AssistantUsageReport];
    print(json, one, () => [
      line(one),
      ...one.versions.map((row) => `  ${counts(`version ${row.version}`, row)}`),
    ]);
  }
}

const line = (report: AssistantUsageReport): string => counts(report.assistant_id, report);

const counts = (name: string, of: UsageCounts): string =>
  `${name}  ${of.runs} runs (${of.failed} failed, ${of.cancelled} cancelled)  ${of.input_tokens} in  ${of.output_tokens} out`;
