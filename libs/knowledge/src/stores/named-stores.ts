// Stores that somebody counts on by name: of the configuration, of a save, of an assistant. None of them goes by the clock, whatever its age and
// whoever made it.
import { Injectable } from '@nestjs/common';
import { AssistantRegistry } from '#assistants';
import { OpenaiAccounts } from '#openai';
import { StateRedis } from '#redis';

@Injectable()
export class NamedStores {
  constructor(
    private readonly redis: StateRedis,
    private readonly accounts: OpenaiAccounts,
    private readonly assistants: AssistantRegistry,
  ) {}

  /** @param id at the provider, as a call named it */
  async note(id: string): Promise<void> {
    await this.redis.attempt((client) => client.sadd(this.key, id));
  }

  /** Ids at the provider. @param tenants whose assistants are asked */
  async all(tenants: Iterable<string>): Promise<Set<string>> {
    const named = new Set(await this.redis.attempt((client) => client.smembers(this.key)));
    for (const { vectorStore } of this.accounts.configured())
      if (vectorStore !== undefined) named.add(vectorStore);
    for (const tenant of tenants)
      for await (const { tool_resources } of this.assistants.all(tenant))
        for (const id of tool_resources.file_search?.vector_store_ids ?? []) named.add(id);
    return named;
  }

  private get key(): string {
    return `${this.redis.keys.stores}named`;
  }
}
