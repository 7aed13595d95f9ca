// The last word of a command that failed: what went wrong for people on stderr, and the exit code.
import type { ParleyError } from '#contracts';
import { CliError } from './cli-error.js';
import { note } from './output.js';

export function report(error: unknown): never {
  note(`parley: ${textOf(error)}`);
  process.exit(error instanceof CliError ? error.exitCode : 1);
}

function textOf(error: unknown): string {
  // An operator may see the reason; what was sent upstream or came from there is in the cause, which stays hidden.
  if (isOurs(error))
    return [`${error.publicText} (${error.code}: ${error.message})`, ...error.details].join('\n  ');
  return error instanceof Error ? error.message : String(error);
}

/** By its shape: loading the class would cost more than most commands. */
const isOurs = (error: unknown): error is ParleyError => error instanceof Error && 'publicText' in error;
