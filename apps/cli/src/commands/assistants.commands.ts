// parley assistants …: the default assistant.
import type { DefaultAssistant } from '#assistants';
import { Command, SubCommand } from 'nest-commander';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { print, table } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

async function withAssistant<T>(use: (assistant: DefaultAssistant) => Promise<T>): Promise<T> {
  const [{ OpenaiConfig, ToolsConfig }, { AssistantsModule, DefaultAssistant }] = await Promise.all([
    import('#config'),
    import('#assistants'),
  ]);
  return withBackend([OpenaiConfig, ToolsConfig], { imports: [AssistantsModule] }, (backend) =>
    use(backend.get(DefaultAssistant, { strict: false })),
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
    const assistant = await withAssistant((assistant) => assistant.create());
    print(options.json === true, assistant, () => table(Object.entries(assistant)));
  }
}

@SubCommand({ name: 'delete', arguments: '<id>', description: 'Deletes an assistant.' })
class DeleteAssistant extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    if (!(await withAssistant((assistant) => assistant.delete(id))))
      throw new CliError('there is no assistant by this id');
    print(options.json === true, { id, deleted: true }, () => [`${id} was deleted`]);
  }
}

@Command({
  name: 'assistants',
  description: 'Who answers.',
  subCommands: [ShowAssistant, CreateAssistant, DeleteAssistant],
})
export class AssistantCommands extends CommandGroup {}
