// The flags of the old assistant worker, as the commands that do the same today. Pure.

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  '--test-message': ['messages', 'test'],
  '--generate-uuid': ['threads', 'generate-uuid'],
  '--generate-thread': ['threads', 'generate'],
  '--show-thread-stats': ['threads', 'stats'],
  '--clear-all-threads': ['threads', 'clear-all'],
  '--clear-old-threads': ['threads', 'clear-old'],
  '--create-assistant': ['assistants', 'create'],
  '--delete-assistant': ['assistants', 'delete'],
};

/** What is no old flag is kept in its place: values, and the options that every command knows. */
export function translateFlags(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const at = args.findIndex((arg, i) => (end === -1 || i < end) && Object.hasOwn(FLAGS, arg));
  // Behind a command an old flag is a value or a mistake, and commander says which.
  if (at === -1 || args.slice(0, at).some((arg) => !arg.startsWith('-'))) return [...args];
  return [...FLAGS[args[at]!]!, ...args.slice(0, at), ...args.slice(at + 1)];
}
