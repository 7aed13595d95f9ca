// Keeps the documented files at what the registry says is current, whoever changed it and however many changes meet.
import { Injectable, Logger } from '@nestjs/common';
import { DEFAULT_TENANT, toParleyError } from '#contracts';
import { AssistantRegistry } from '../assistant-registry.js';
import { AssistantProjections, type FoundAssistant } from './assistant-projections.js';

@Injectable()
export class ProjectionKeeper {
  private readonly logger = new Logger(ProjectionKeeper.name);
  private last: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;

  constructor(
    private readonly registry: AssistantRegistry,
    private readonly files: AssistantProjections,
  ) {}

  find(): Promise<FoundAssistant> {
    return this.files.find();
  }

  /**
   * One at a time, each looking for itself, so that the files end with the newest; who comes while one waits shares it.
   * Never rejects. Files that name an id which nobody knows are left to the manager, which takes it over.
   * @param absent also makes files that are not there
   */
  keep(absent = true): Promise<void> {
    if (!this.files.wanted) return Promise.resolve();
    this.waiting ??= this.last = this.last.then(() => {
      this.waiting = undefined;
      return this.write(absent).catch((error: unknown) => {
        this.logger.warn({ code: toParleyError(error).code }, 'the files of the assistant may be old');
      });
    });
    return this.waiting;
  }

  private async write(absent: boolean): Promise<void> {
    const current = await this.registry.current(DEFAULT_TENANT, 'default');
    if (current !== undefined) return this.files.follow(current, absent);
    const { env, file } = await this.files.find();
    for (const id of [env, file])
      if (id !== undefined && (await this.registry.wasDeleted(DEFAULT_TENANT, id))) return this.files.clear();
  }
}
