// One account at one provider, and the SDK client for it. The SDK only builds requests: its retries, timeouts
// and logs are off, because each of them breaks a promise of ours.
import { OpenAI } from 'openai';
import type { Dispatcher } from 'undici';
import type { ModelTimeouts } from '../model/model-client.js';
import { upstreamFetch } from '../stream/upstream-fetch.js';

export interface OpenaiProfile {
  name: string;
  /** A function where it may be renewed while the process runs. */
  apiKey: string | (() => string);
  organization?: string;
  project?: string;
  /** With `/v1`. */
  baseURL?: string;
  /** Where its answers are waited for differently. */
  timeouts?: ModelTimeouts;
}

/** Explicit nulls keep the SDK from reading the environment by itself. */
export function openaiClient(profile: OpenaiProfile, dispatcher: Dispatcher): OpenAI {
  const { apiKey } = profile;
  return new OpenAI({
    apiKey: typeof apiKey === 'string' ? apiKey : () => Promise.resolve(apiKey()),
    organization: profile.organization || null,
    project: profile.project || null,
    ...(profile.baseURL ? { baseURL: profile.baseURL } : {}),
    fetch: upstreamFetch(dispatcher),
    maxRetries: 0,
    logLevel: 'off',
  });
}
