// `config/openai-assistant.json`, the documented copy of the current assistant, and the copies of what it said before.
import { isDeepStrictEqual } from 'node:util';
import { readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isPlainObject } from '#contracts';
import type { Assistant } from '../assistant-record.js';
import { readOwn, writeOwn } from './own-file.js';

export interface SavedAssistant {
  assistantId: string;
  name: string | null;
  model: string;
  description: string | null;
  instructions: string | null;
  tools: unknown[];
  metadata: Record<string, string>;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
}

export class AssistantConfigFile {
  /** @param backups how many copies of earlier contents are kept */
  constructor(
    readonly path: string,
    private readonly backups = 5,
    private readonly warn: (line: string) => void = () => undefined,
  ) {}

  /** A file that cannot be read as what it should be is kept as a backup and counts as absent. */
  async load(): Promise<Partial<SavedAssistant> | undefined> {
    const content = await readOwn(this.path);
    if (content === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(content.toString('utf8'));
      if (isPlainObject(value)) return value as Partial<SavedAssistant>;
    } catch {
      // Told below, without the content.
    }
    const copy = await this.backUp(content);
    this.warn(`${this.path} is not valid JSON and is ignored; a copy is ${copy}`);
    return undefined;
  }

  async save(assistant: Assistant): Promise<void> {
    const before = await readOwn(this.path);
    if (before !== undefined) await this.backUp(before);
    await writeOwn(this.path, Buffer.from(`${JSON.stringify(toSaved(assistant), null, 2)}\n`));
  }

  /** What it said is kept as a copy. */
  async remove(): Promise<void> {
    const before = await readOwn(this.path);
    if (before === undefined) return;
    await this.backUp(before);
    await unlink(this.path);
  }

  /** Names sort by time, so the oldest are the first. @returns the copy's path */
  private async backUp(content: Buffer): Promise<string> {
    const directory = dirname(this.path);
    const start = `${basename(this.path, '.json')}.backup-`;
    const isCopy = (name: string): boolean => name.startsWith(start) && name.endsWith('.json');
    const copies = (await readdir(directory)).filter(isCopy).sort();
    const stamp = new Date().toISOString().replace(/[:.]/g, '-');
    let path = join(directory, `${start}${stamp}.json`);
    for (let n = 1; copies.includes(basename(path)); n++)
      path = join(directory, `${start}${stamp}-${String(n).padStart(3, '0')}.json`);
    await writeOwn(path, content);
    const tooMany = [...copies, basename(path)].sort().slice(0, -Math.max(1, this.backups));
    for (const name of tooMany) await unlink(join(directory, name));
    return path;
  }
}

/** Whether what was saved says all that would be saved now, whenever it was written. */
export function says(saved: Partial<SavedAssistant> | undefined, assistant: Assistant): boolean {
  const { updatedAt: _mine, ...wanted } = toSaved(assistant);
  const { updatedAt: _its, ...its } = saved ?? {};
  return isDeepStrictEqual(its, wanted);
}

function toSaved(assistant: Assistant): SavedAssistant {
  const { id, name, model, description, instructions, tools, metadata, created_at } = assistant;
  return {
    assistantId: id,
    name,
    model,
    description,
    instructions,
    tools,
    metadata,
    createdAt: new Date(created_at * 1_000).toISOString(),
    updatedAt: new Date().toISOString(),
  };
}
