// Writes one actor's operations as JSON lines and keeps none of them in memory: after a crash of the rig the
// files still tell the story.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, Unstamped } from './operation.js';

const SUFFIX = '.ops.jsonl';
const BUFFER_CHARS = 64 * 1024;

/** Where an actor tells what it does. */
export interface Notes {
  note(operation: Unstamped): void;
}

export class Recorder implements Notes {
  private readonly file: number;
  private pending = '';

  /** @param dir is made when it does not exist */
  constructor(dir: string, actor: string) {
    mkdirSync(dir, { recursive: true });
    this.file = openSync(join(dir, `${actor}${SUFFIX}`), 'a');
  }

  note(operation: Unstamped): void {
    const { timeOrigin } = performance;
    const t = performance.now();
    this.pending += `${JSON.stringify({ t: round(t), at: round(timeOrigin + t), ...operation })}\n`;
    if (this.pending.length > BUFFER_CHARS) this.flush();
  }

  flush(): void {
    if (this.pending === '') return;
    writeSync(this.file, this.pending);
    this.pending = '';
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** All operations of all actors in a directory, by time. */
export function readOperations(dir: string): Operation[] {
  const operations = readdirSync(dir)
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap((name) =>
      readFileSync(join(dir, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Operation),
    );
  return operations.sort((a, b) => a.t - b.t);
}
