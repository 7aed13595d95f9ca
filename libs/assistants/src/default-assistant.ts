// The one assistant that needs no registry: made from the configuration at first use, known by the documented
// key, and replaced when that key names nothing that exists.
import { Injectable } from '@nestjs/common';
import { OpenaiConfig, ToolsConfig } from '#config';
import { newId } from '#contracts';
import { StateRedis } from '#redis';
import { AssistantSource, type AssistantSnapshot } from './assistant-source.js';
import { CREATE_ASSISTANT, CURRENT_ASSISTANT, DELETE_ASSISTANT, READ_ASSISTANT } from './assistant.lua.js';

const INSTRUCTIONS =
  'You are a helpful assistant. Answer the user clearly and briefly, in the language they write in. ' +
  'Use the tools you have when they help; when a tool fails, say so and go on without it. ' +
  'Say when you do not know something.';

type Reply = [id: string, version: string, settings: string];

@Injectable()
export class DefaultAssistant extends AssistantSource {
  /** A process brings the record up to its configuration once; two configurations would else fight for ever. */
  private upToDate = false;

  constructor(
    private readonly redis: StateRedis,
    private readonly openai: OpenaiConfig,
    private readonly tools: ToolsConfig,
  ) {
    super();
  }

  async current(): Promise<AssistantSnapshot> {
    const update = this.upToDate ? '0' : '1';
    const args = [this.base, newId('asst'), this.settings(), update];
    const reply = await this.redis.run<Reply>(CURRENT_ASSISTANT, [this.redis.keys.assistantId], args);
    this.upToDate = true;
    return toSnapshot(reply);
  }

  async resolve(id: string): Promise<AssistantSnapshot> {
    const reply = await this.redis.run<Reply | null>(
      READ_ASSISTANT,
      [this.redis.keys.assistantId],
      [this.base, id],
    );
    return reply === null ? this.current() : toSnapshot(reply);
  }

  /** A new assistant from the configuration, which new runs use from now on. The one before stays for its runs. */
  async create(): Promise<AssistantSnapshot> {
    const args = [this.base, newId('asst'), this.settings()];
    return toSnapshot(await this.redis.run<Reply>(CREATE_ASSISTANT, [this.redis.keys.assistantId], args));
  }

  /** Resolves to false when there was none by this id. Deleting the current one makes the next use create another. */
  async delete(id: string): Promise<boolean> {
    const keys = [this.redis.keys.assistantId];
    return (await this.redis.run<number>(DELETE_ASSISTANT, keys, [this.base, id])) === 1;
  }

  private get base(): string {
    return this.redis.keys.assistants;
  }

  private settings(): string {
    return JSON.stringify({
      name: 'Parley',
      model: this.openai.model,
      instructions: INSTRUCTIONS,
      tools: this.tools.openweatherKey === '' ? [] : ['get_weather'],
      resume: this.openai.resume,
    } satisfies Omit<AssistantSnapshot, 'id' | 'version'>);
  }
}

function toSnapshot([id, version, settings]: Reply): AssistantSnapshot {
  return {
    id,
    version: Number(version),
    ...(JSON.parse(settings) as Omit<AssistantSnapshot, 'id' | 'version'>),
  };
}
