// Lua scripts by name. All are loaded on every new connection before anything else runs on it, so that
// pipelined calls never overtake one another by falling back to EVAL.
import { createHash } from 'node:crypto';

export interface Script {
  name: string;
  lua: string;
  sha: string;
}

const registry = new Map<string, Script>();

/** @param parts Lua sources that are joined; shared fragments of `local function`s come first */
export function defineScript(name: string, ...parts: string[]): Script {
  const lua = parts.join('\n');
  const script = { name, lua, sha: createHash('sha1').update(lua).digest('hex') };
  registry.set(name, script);
  return script;
}

export const definedScripts = (): Script[] => [...registry.values()];
