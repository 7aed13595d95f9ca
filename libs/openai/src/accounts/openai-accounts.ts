// The accounts at the provider that files and vector stores may be kept with: those of the configuration by their names, and what one call
// brings along. Never mixed: an account has its own clients; all of them share one pool of connections.
import type { OpenAI } from 'openai';
import type { Agent } from 'undici';
import { ParleyError } from '#contracts';
import { openaiClient } from '../client/openai-profile.js';
import { DEFAULT_PROFILE } from '../client/model-clients.js';
import { FilesClient } from '../files/files-client.js';
import { upstreamAgent } from '../stream/upstream-fetch.js';
import { VectorStoresClient } from '../vector-stores/vector-stores-client.js';
import { ProviderCalls } from './provider-calls.js';

/** What the configuration says of one. */
export interface AccountProfile {
  name: string;
  /** '' = none. A function where it may be renewed while the process runs. */
  apiKey: string | (() => string);
  organization?: string;
  project?: string;
  /** With `/v1`. */
  baseURL: string;
  /** Where files go that name no store. */
  vectorStore?: string;
}

/** What a call may say; what it does not say its profile does, then the environment. Where the provider is no call may say. */
export interface AccountOptions {
  profile?: string;
  api_key?: string;
  organization_key?: string;
  project_key?: string;
}

export interface Account {
  /** Of its profile. */
  readonly profile: string;
  readonly organization: string;
  readonly project: string;
  /** Whether its key came with the call: nobody else knows it. */
  readonly ownKey: boolean;
  readonly vectorStore: string | undefined;
  readonly files: FilesClient;
  readonly vectorStores: VectorStoresClient;
}

/** Clients of calls that brought something along are kept for the next ones, so many. */
const MOST_OWN = 200;

export class OpenaiAccounts {
  private readonly agent: Agent = upstreamAgent();
  private readonly calls: ProviderCalls;
  private readonly profiles: ReadonlyMap<string, AccountProfile>;
  private readonly made = new Map<string, Account>();

  /** @param profiles one of them is named `default` */
  constructor(profiles: readonly AccountProfile[], maxRetries: number) {
    this.profiles = new Map(profiles.map((profile) => [profile.name, profile]));
    this.calls = new ProviderCalls(maxRetries);
  }

  get names(): string[] {
    return [...this.profiles.keys()];
  }

  /** @throws ParleyError `invalid_request` for an unknown profile, `upstream_account` when there is no key */
  of(options: AccountOptions = {}): Account {
    const profile = this.profile(options.profile);
    const organization = options.organization_key || profile.organization || '';
    const project = options.project_key || profile.project || '';
    const own = options.api_key || undefined;
    if (own === undefined && keyOf(profile) === '')
      throw new ParleyError('upstream_account', `unable to use profile ${profile.name}; it has no key`);
    const name = JSON.stringify([profile.name, organization, project, own ?? '']);
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const client = this.client({ ...profile, organization, project, apiKey: own ?? profile.apiKey });
    const account: Account = {
      profile: profile.name,
      organization,
      project,
      ownKey: own !== undefined,
      vectorStore: profile.vectorStore || undefined,
      files: new FilesClient(client, this.calls),
      vectorStores: new VectorStoresClient(client, this.calls),
    };
    if (this.made.size >= MOST_OWN) this.made.delete(this.made.keys().next().value!);
    this.made.set(name, account);
    return account;
  }

  /** The profile's own, if it has a key: what may be looked after without anybody asking. */
  configured(): Account[] {
    return [...this.profiles.values()]
      .filter((profile) => keyOf(profile) !== '')
      .map(({ name }) => this.of({ profile: name }));
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private profile(name = DEFAULT_PROFILE): AccountProfile {
    const profile = this.profiles.get(name);
    if (profile === undefined)
      throw new ParleyError('invalid_request', 'unable to use account; no such profile', {
        details: ['profile is not one of the configured ones'],
      });
    return profile;
  }

  private client({ name, apiKey, organization, project, baseURL }: AccountProfile): OpenAI {
    return openaiClient(
      { name, apiKey, baseURL, ...(organization && { organization }), ...(project && { project }) },
      this.agent,
    );
  }
}

const keyOf = ({ apiKey }: AccountProfile): string => (typeof apiKey === 'string' ? apiKey : apiKey());
