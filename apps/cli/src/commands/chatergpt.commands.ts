// parley chatergpt …: the custom resource that describes a gpt-worker deployment. Talks to no cluster.
import { readFile } from 'node:fs/promises';
import { Command, Option, SubCommand } from 'nest-commander';
import { CliError } from '../io/cli-error.js';
import { print } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

@SubCommand({
  name: 'render',
  description: 'The Deployment, and the Secret if the resource holds keys, as YAML for kubectl.',
})
class RenderChaterGpt extends BaseCommand {
  async run(_: string[], options: BaseOptions & { file: string }): Promise<void> {
    const [{ stringify }, { readChaterGpt }, { toManifests }] = await Promise.all([
      import('yaml'),
      import('../chatergpt/read-resource.js'),
      import('../chatergpt/to-manifests.js'),
    ]);
    const text = await readFile(options.file === '-' ? '/dev/stdin' : options.file, 'utf8').catch(() => {
      throw new CliError(`unable to read ${options.file}`);
    });
    const name = options.file === '-' ? 'standard input' : options.file;
    const items = toManifests(readChaterGpt(text, name));
    print(options.json === true, { apiVersion: 'v1', kind: 'List', items }, () => [
      items.map((item) => stringify(item).trimEnd()).join('\n---\n'),
    ]);
  }

  @Option({
    flags: '-f, --file <file>',
    description: 'The resource; `-` reads standard input.',
    required: true,
  })
  file(value: string): string {
    return value;
  }
}

@Command({
  name: 'chatergpt',
  description: 'The Kubernetes resource ChaterGpt.',
  subCommands: [RenderChaterGpt],
})
export class ChaterGptCommands extends CommandGroup {}
