// The flags of the old assistant worker, as the commands that do the same today. Pure.

interface OldFlag {
  readonly command: readonly string[];
  /** What it takes, as help shows it. */
  readonly takes?: string;
}

const FLAGS: Readonly<Record<string, OldFlag>> = {
  '--test-message': { command: ['messages', 'test'], takes: '<channel> <text>' },
  '--generate-uuid': { command: ['threads', 'generate-uuid'] },
  '--generate-thread': { command: ['threads', 'generate'], takes: '[channel]' },
  '--show-thread-stats': { command: ['threads', 'stats'] },
  '--clear-all-threads': { command: ['threads', 'clear-all'] },
  '--clear-old-threads': { command: ['threads', 'clear-old'], takes: '<days>' },
  '--create-assistant': { command: ['assistants', 'create', '--streaming'] },
  '--delete-assistant': { command: ['assistants', 'delete'], takes: '<id>' },
};

/** The section of `parley --help` about them. */
export function flagsHelp(): string {
  const rows = Object.entries(FLAGS).map(([flag, { command, takes }]) => ({
    use: takes === undefined ? flag : `${flag} ${takes}`,
    command: command.join(' '),
  }));
  const width = Math.max(...rows.map(({ use }) => use.length));
  const lines = rows.map(({ use, command }) => `  ${use.padEnd(width)}  parley ${command}`);
  return ['', 'Flags of the old worker:', ...lines].join('\n');
}

/** What is no old flag is kept in its place: values, and the options that every command knows. */
export function translateFlags(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const at = args.findIndex((arg, i) => (end === -1 || i < end) && Object.hasOwn(FLAGS, arg));
  // Behind a command an old flag is a value or a mistake, and commander says which.
  if (at === -1 || args.slice(0, at).some((arg) => !arg.startsWith('-'))) return [...args];
  return [...FLAGS[args[at]!]!.command, ...args.slice(0, at), ...args.slice(at + 1)];
}
