// Which assistant a channel chose: a purpose, an assistant, or one version of it. A channel that chose nothing, or
// something that is gone, gets the current assistant of the purpose `default`.
import { Injectable } from '@nestjs/common';
import { channelKey, ParleyError, type ChannelRef } from '#contracts';
import { StateRedis } from '#redis';
import { BIND_CHANNEL } from './scripts/registry.lua.js';

export type ChannelAssistant = { purpose: string } | { assistant_id: string; version?: number };

@Injectable()
export class ChannelAssistants {
  constructor(private readonly redis: StateRedis) {}

  async get(ref: ChannelRef): Promise<ChannelAssistant | undefined> {
    const text = await this.redis.attempt((client) => client.hget(this.key, channelKey(ref)));
    if (text === null) return undefined;
    const what = text.slice(text.indexOf(':') + 1);
    if (text.startsWith('purpose:')) return { purpose: what };
    const [assistant_id, version] = what.split('@') as [string, string?];
    return { assistant_id, ...(version !== undefined && { version: Number(version) }) };
  }

  /** @throws ParleyError `not_found` for an assistant or version that does not exist */
  async set(ref: ChannelRef, choice: ChannelAssistant): Promise<void> {
    const [kind, what, version] =
      'purpose' in choice
        ? ['purpose', choice.purpose, '']
        : ['assistant', choice.assistant_id, choice.version ?? ''];
    const { keys } = this.redis;
    const args = [keys.assistants, ref.tenant, channelKey(ref), kind, what, version];
    if ((await this.redis.run<number>(BIND_CHANNEL, [keys.assistantId], args)) === 0)
      throw new ParleyError('not_found', 'unable to choose assistant; there is no such assistant or version');
  }

  /** @returns false when the channel had chosen nothing */
  async delete(ref: ChannelRef): Promise<boolean> {
    return (await this.redis.attempt((client) => client.hdel(this.key, channelKey(ref)))) === 1;
  }

  private get key(): string {
    return `${this.redis.keys.assistants}bindings`;
  }
}
