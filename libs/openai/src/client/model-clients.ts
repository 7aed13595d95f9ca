// The model clients of this process, by profile and API, over one connection pool. Made once, closed at the end.
import type { OpenAI } from 'openai';
import type { Agent } from 'undici';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { ChatModelClient } from '../chat/chat-model-client.js';
import { ModelClient, type ModelApi, type ModelTimeouts } from '../model/model-client.js';
import { ResponsesModelClient } from '../responses/responses-model-client.js';
import { newStreamCounts, type StreamCounts } from '../stream/stream-counts.js';
import { upstreamAgent } from '../stream/upstream-fetch.js';
import { openaiClient, type OpenaiProfile } from './openai-profile.js';

export const DEFAULT_PROFILE = 'default';
/** The same account, for one-shot requests, which are waited for in their own way. */
export const COMPLETIONS_PROFILE = 'completions';
/** Another account or provider that one-shot requests may fall back to. */
export const FALLBACK_PROFILE = 'fallback';

export interface ModelClientsOptions {
  /** One of them is named `default`. */
  profiles: readonly OpenaiProfile[];
  /** What `get()` means. */
  api: ModelApi;
  timeouts: ModelTimeouts;
}

export class ModelClients {
  /** What the readers of all clients skipped since the start. */
  readonly counts: StreamCounts = newStreamCounts();
  private readonly agent: Agent = upstreamAgent();
  private readonly timeouts = new Map<string, ModelTimeouts>();
  private readonly sdks = new Map<string, OpenAI>();
  private readonly clients = new Map<string, ModelClient>();

  constructor(
    private readonly options: ModelClientsOptions,
    private readonly catalogue: ModelCatalogue,
  ) {
    for (const profile of options.profiles) {
      this.sdks.set(profile.name, openaiClient(profile, this.agent));
      if (profile.timeouts) this.timeouts.set(profile.name, profile.timeouts);
    }
  }

  /** @throws Error for a profile that was not configured */
  get(api: ModelApi = this.options.api, profile: string = DEFAULT_PROFILE): ModelClient {
    const key = `${api} ${profile}`;
    const known = this.clients.get(key);
    if (known !== undefined) return known;
    const sdk = this.sdk(profile);
    const timeouts = this.timeouts.get(profile) ?? this.options.timeouts;
    const client =
      api === 'chat'
        ? new ChatModelClient(sdk, timeouts, this.catalogue)
        : new ResponsesModelClient(sdk, timeouts, this.catalogue, this.counts);
    this.clients.set(key, client);
    return client;
  }

  /** The SDK itself, for what has no port. @throws Error for a profile that was not configured */
  sdk(profile: string = DEFAULT_PROFILE): OpenAI {
    const sdk = this.sdks.get(profile);
    if (sdk === undefined)
      throw new Error(`unable to reach the provider; no profile "${profile}" is configured`);
    return sdk;
  }

  /** Breaks off what still streams and closes all connections. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
