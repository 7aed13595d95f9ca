// The further accounts of an installation, as one JSON text.
import type { AccountProfile } from './openai-accounts.js';

/** A name in an address, a key and a log. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const MEMBERS: Readonly<Record<string, keyof AccountProfile>> = {
  api_key: 'apiKey',
  organization: 'organization',
  project: 'project',
  base_url: 'baseURL',
  vector_store_id: 'vectorStore',
};

/**
 * @param json `{"name": {"api_key", "organization", "project", "base_url", "vector_store_id"}}`; what an account leaves out, `base` has
 * @throws Error that names the member and no value
 */
export function readProfiles(json: string, base: AccountProfile): AccountProfile[] {
  if (json.trim() === '') return [];
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw new Error('OPENAI_PROFILES must be JSON');
  }
  if (!isObject(read)) throw new Error('OPENAI_PROFILES must be an object of accounts by name');
  return Object.entries(read).map(([name, account]) => {
    if (!NAME.test(name) || name === base.name)
      throw new Error('OPENAI_PROFILES: a name must be 1 to 64 of a-z, 0-9, _ and -, and not "default"');
    if (!isObject(account)) throw new Error(`OPENAI_PROFILES: ${name} must be an object`);
    const given: Partial<Record<keyof AccountProfile, string>> = {};
    for (const [member, value] of Object.entries(account)) {
      const property = Object.hasOwn(MEMBERS, member) ? MEMBERS[member] : undefined;
      if (property === undefined || typeof value !== 'string')
        throw new Error(`OPENAI_PROFILES: ${name} may have the texts ${Object.keys(MEMBERS).join(', ')}`);
      given[property] = value;
    }
    if (given.baseURL !== undefined && !/^https?:\/\//.test(given.baseURL))
      throw new Error(`OPENAI_PROFILES: base_url of ${name} must be an http(s) URL`);
    // Another organization's store and project are none of this account's.
    return { apiKey: base.apiKey, baseURL: base.baseURL, ...given, name };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
