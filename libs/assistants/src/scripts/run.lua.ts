// What a run asks: which assistant now, and later what that version said.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * ARGV base, tenant, channel key ('' = none), new id, configured settings, '1' = bring an assistant that follows the
 * configuration up to it → `{id, version, settings, canary JSON or '', the canary's settings or ''}`
 */
export const CURRENT_ASSISTANT = defineScript(
  'current-assistant',
  SHARED_LUA,
  `
local function live(id)
  local f = redis.call('HMGET', base .. id, 'version', 'settings', 'canary')
  local candidate = f[3] and redis.call('HGET', versions_of(id), cjson.decode(f[3]).version)
  return {id, f[1], f[2], candidate and f[3] or '', candidate or ''}
end
local bound = ARGV[3] ~= '' and redis.call('HGET', base .. 'bindings', ARGV[3])
if bound then
  local kind, what = bound:match('^(%w+):(.*)$')
  if kind == 'purpose' then
    local id = what ~= 'default' and current_of(what)
    if id then return live(id) end
  else
    local id, version = what:match('^([%w_]+)@?(%d*)$')
    if known(id) then
      if version == '' then return live(id) end
      local settings = redis.call('HGET', versions_of(id), version)
      if settings then return {id, version, settings, '', ''} end
    end
  end
end
local id = current_of('default')
if not id then
  create(ARGV[4], 'default', ARGV[5], 'config', 'configuration', 'made at first use')
  make_current(ARGV[4])
  return live(ARGV[4])
end
local f = redis.call('HMGET', base .. id, 'origin', 'settings')
if ARGV[6] == '1' and f[1] == 'config' and f[2] ~= ARGV[5] then
  change(id, ARGV[5], 'configuration', 'the configuration changed')
end
return live(id)
`,
);

/** ARGV base, tenant, id, version ('' = the live one) → `{id, version, settings, 1 when on trial}`, or nothing. */
export const RESOLVE_ASSISTANT = defineScript(
  'resolve-assistant',
  SHARED_LUA,
  `
local id, version = ARGV[3], ARGV[4]
local live = known(id) and redis.call('HMGET', base .. id, 'version', 'settings', 'canary')
if version == '' then return live and {id, live[1], live[2], 0} end
local settings = redis.call('HGET', versions_of(id), version)
if not settings then return false end
local on_trial = live and live[3] and cjson.decode(live[3]).version == tonumber(version)
return {id, version, settings, on_trial and 1 or 0}
`,
);
