// The documented files that say which assistant is current: a line in `.env` and a JSON file. Copies for people and for
// programs that read them; the truth is in Redis. What cannot be written is a warning, never a failure.
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import type { Assistant } from '../assistant-record.js';
import { AssistantConfigFile, says, type SavedAssistant } from './config-file.js';
import { readEnv, setEnv } from './env-text.js';
import { readOwn, writeOwn } from './own-file.js';

const VARIABLE = 'OPENAI_ASSISTANT_ID';

/** Sample files carry texts such as `your-assistant-id` and `asst_xxxxx`: those say nothing. */
const isId = (text: string | undefined): text is string =>
  text !== undefined && /^asst_[A-Za-z0-9]{6,80}$/.test(text) && !/^asst_(x+|your.*)$/i.test(text);

export interface FoundAssistant {
  /** Of the environment file. */
  env?: string;
  /** Of the JSON file. */
  file?: string;
  saved?: Partial<SavedAssistant>;
}

export class AssistantProjections {
  readonly config: AssistantConfigFile;
  private readonly envPath: string;

  /** @param directory undefined = nothing is read or written */
  constructor(
    private readonly directory: string | undefined,
    private readonly warn: (line: string) => void = (line) => new Logger('AssistantProjections').warn(line),
  ) {
    this.envPath = join(directory ?? '', '.env');
    this.config = new AssistantConfigFile(join(directory ?? '', 'config', 'openai-assistant.json'), 5, warn);
  }

  get wanted(): boolean {
    return this.directory !== undefined;
  }

  async find(): Promise<FoundAssistant> {
    if (this.directory === undefined) return {};
    const { text = '', saved } = await this.read();
    const env = readEnv(text, VARIABLE);
    return {
      ...(isId(env) && { env }),
      ...(isId(saved?.assistantId) && { file: saved.assistantId }),
      ...(saved !== undefined && { saved }),
    };
  }

  /** Writes what does not say this already. @param absent also files that are not there */
  async follow(assistant: Assistant, absent: boolean): Promise<void> {
    if (this.directory === undefined) return;
    const { text, saved } = await this.read();
    if ((absent || isId(saved?.assistantId)) && !says(saved, assistant))
      await this.attempt(() => this.config.save(assistant));
    // What could not be read cannot be written either, and that was said already.
    if (text === undefined) return;
    const env = readEnv(text, VARIABLE);
    if (env !== assistant.id && (absent || isId(env))) await this.attempt(() => this.setEnv(assistant.id));
  }

  /** They name nobody any more. */
  async clear(): Promise<void> {
    if (this.directory === undefined) return;
    await this.attempt(() => this.config.remove());
    if ((await this.find()).env !== undefined) await this.attempt(() => this.setEnv(''));
  }

  async setEnv(id: string): Promise<void> {
    const text = (await readOwn(this.envPath))?.toString('latin1') ?? '';
    const next = setEnv(text, VARIABLE, id);
    if (next !== text || text === '') await writeOwn(this.envPath, Buffer.from(next, 'latin1'));
  }

  /** Each file once. @returns no `text` where the environment file could not be read */
  private async read(): Promise<{
    text: string | undefined;
    saved: Partial<SavedAssistant> | undefined;
  }> {
    const text = await this.attempt(async () => (await readOwn(this.envPath))?.toString('latin1') ?? '');
    return { text, saved: await this.attempt(() => this.config.load()) };
  }

  private async attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      this.warn((error as Error).message);
      return undefined;
    }
  }
}
