// What a token may allow. The words are in the tokens that others issue, so they never change their meaning.

export const SCOPES = [
  'assistants:read',
  'assistants:write',
  'channels:read',
  'channels:write',
  'vcons:read',
  'vcons:write',
  'documents:read',
  'documents:write',
  'usage:read',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/**
 * @param text space-separated (RFC 6749 §3.3); a bare name such as `channels` stands for all of its actions. Words of other
 *   systems (`openid`, `profile`) grant nothing.
 */
export function parseScopes(text: string): ReadonlySet<Scope> {
  const words = new Set(text.split(' '));
  return new Set(SCOPES.filter((scope) => words.has(scope) || words.has(scope.split(':')[0]!)));
}

/** The words of `text` that are no scope. */
export const unknownScopes = (text: string): string[] =>
  text.split(' ').filter((word) => word !== '' && parseScopes(word).size === 0);
