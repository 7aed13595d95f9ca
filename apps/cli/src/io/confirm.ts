// Deleting asks first: only the typed word DELETE goes on. Works on a terminal and on piped input alike.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CliError } from './cli-error.js';
import { note } from './output.js';

/** @throws CliError when anything else, or nothing, was entered */
export async function confirmDeletion(what: string, input: Readable = process.stdin): Promise<void> {
  note(`This deletes ${what}. Type DELETE to confirm:`);
  const lines = createInterface({ input });
  try {
    for await (const line of lines) {
      if (line.trim() === 'DELETE') return;
      break;
    }
  } finally {
    lines.close();
  }
  throw new CliError('cancelled, nothing was deleted');
}
