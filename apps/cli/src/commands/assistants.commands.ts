// parley assistants …: the default assistant.
import type { INestApplicationContext } from '@nestjs/common';
import type { DefaultAssistant } from '#assistants';
import { Command, SubCommand } from 'nest-commander';
import { auditParts, onRecord } from '../backend/audited.js';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { print, table } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

async function withAssistant<T>(
  use: (assistant: DefaultAssistant, backend: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const [{ OpenaiConfig, ToolsConfig }, { DefaultAssistant }, audit] = await Promise.all([
    import('#config'),
    import('#assistants'),
    auditParts(),
  ]);
  const providers = [DefaultAssistant, ...audit.providers];
  return withBackend([OpenaiConfig, ToolsConfig, ...audit.configs], { providers }, (backend) =>
    use(backend.get(DefaultAssistant), backend),
  );
}

@SubCommand({ name: 'show', description: 'The assistant that new messages get; made when there is none.' })
class ShowAssistant extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const assistant = await withAssistant((assistant) => assistant.current());
    print(options.json === true, assistant, () => table(Object.entries(assistant)));
  }
}

@SubCommand({
  name: 'create',
  description: 'Makes a new assistant from the configuration and uses it from now on.',
})
class CreateAssistant extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const assistant = await withAssistant((assistant, backend) =>
      onRecord(backend, { action: 'assistant.create', object: 'default' }, () => assistant.create()),
    );
    print(options.json === true, assistant, () => table(Object.entries(assistant)));
  }
}

@SubCommand({ name: 'delete', arguments: '<id>', description: 'Deletes an assistant.' })
class DeleteAssistant extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    await withAssistant((assistant, backend) =>
      onRecord(backend, { action: 'assistant.delete', object: id }, async () => {
        if (!(await assistant.delete(id))) throw new CliError('there is no assistant by this id');
      }),
    );
    print(options.json === true, { id, deleted: true }, () => [`${id} was deleted`]);
  }
}

@Command({
  name: 'assistants',
  description: 'Who answers.',
  subCommands: [ShowAssistant, CreateAssistant, DeleteAssistant],
})
export class AssistantCommands extends CommandGroup {}
