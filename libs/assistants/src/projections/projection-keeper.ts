// Keeps the documented files at what the registry says is current, whoever changed it and however many changes meet.
import { Injectable, Logger } from '@nestjs/common';
import { DEFAULT_TENANT, toParleyError } from '#contracts';
import { AssistantRegistry } from '../assistant-registry.js';
import { AssistantProjections, type FoundAssistant } from './assistant-projections.js';

@Injectable()
export class ProjectionKeeper {
  private readonly logger = new Logger(ProjectionKeeper.name);
  private last: Promise<void> = Promise.resolve();
  private waiting: { absent: boolean; done: Promise<void> } | undefined;

  constructor(
    private readonly registry: AssistantRegistry,
    private readonly files: AssistantProjections,
  ) {}

  find(): Promise<FoundAssistant> {
    return this.files.find();
  }

  /**
   * One at a time, each looking for itself, so that the files end with the newest; who comes while one waits shares it,
   * unless that one would leave out what he asks for. Never rejects. Files that name an id which nobody knows are left to the manager, which takes it over.
   * @param absent also makes files that are not there
   */
  keep(absent = true): Promise<void> {
    if (!this.files.wanted) return Promise.resolve();
    if (this.waiting && (this.waiting.absent || !absent)) return this.waiting.done;
    const mine = { absent, done: Promise.resolve() };
    mine.done = this.last = this.last.then(() => {
      if (this.waiting === mine) this.waiting = undefined;
      return this.write(absent).catch((error: unknown) => {
        this.logger.warn({ code: toParleyError(error).code }, 'the files of the assistant may be old');
      });
    });
    this.waiting = mine;
    return mine.done;
  }

  private async write(absent: boolean): Promise<void> {
    const current = await this.registry.current(DEFAULT_TENANT, 'default');
    if (current !== undefined) return this.files.follow(current, absent);
    const { env, file } = await this.files.find();
    for (const id of [env, file])
      if (id !== undefined && (await this.registry.wasDeleted(DEFAULT_TENANT, id))) return this.files.clear();
  }
}
