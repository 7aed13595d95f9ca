// The registry's own scripts. A record is answered as `{id, [field, value…], 1 when it is the current one}`.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/** ARGV base, tenant, new id, purpose, settings, origin, by, why, '1' = becomes the current one → record, or nothing when it was deleted */
export const CREATE = defineScript(
  'create-assistant',
  SHARED_LUA,
  `
local id = ARGV[3]
if not known(id) then
  if redis.call('HEXISTS', versions_of(id), 'deleted') == 1 then return false end
  create(id, ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8])
  if ARGV[9] == '1' or not current_of(ARGV[4]) then make_current(id) end
end
return describe(id)
`,
);

/** ARGV base, tenant, id → record, or nothing */
export const READ = defineScript('read-assistant', SHARED_LUA, `return known(ARGV[3]) and describe(ARGV[3])`);

/** ARGV base, tenant, id → 1 when there was one by this id, and it was deleted not long ago */
export const WAS_DELETED = defineScript(
  'was-assistant-deleted',
  SHARED_LUA,
  `return not known(ARGV[3]) and redis.call('HEXISTS', versions_of(ARGV[3]), 'deleted') or 0`,
);

/** ARGV base, tenant, purpose → record, or nothing */
export const READ_CURRENT = defineScript(
  'read-current-assistant',
  SHARED_LUA,
  `
local id = current_of(ARGV[3])
return id and describe(id)
`,
);

/** ARGV base, tenant, order, exclusive sequence ('' = from the start), limit, purpose ('' = all) → records */
export const LIST = defineScript(
  'list-assistants',
  SHARED_LUA,
  `
local up, after, limit = ARGV[3] == 'asc', ARGV[4], tonumber(ARGV[5])
local found = {}
while #found < limit do
  local low, high = '-inf', '+inf'
  if after ~= '' then if up then low = '(' .. after else high = '(' .. after end end
  local ids
  if up then ids = redis.call('ZRANGEBYSCORE', list_of(), low, high, 'LIMIT', 0, limit)
  else ids = redis.call('ZREVRANGEBYSCORE', list_of(), high, low, 'LIMIT', 0, limit) end
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    if #found < limit and known(id) and (ARGV[6] == '' or redis.call('HGET', base .. id, 'purpose') == ARGV[6]) then
      found[#found + 1] = describe(id)
    end
  end
  after = redis.call('ZSCORE', list_of(), ids[#ids])
end
return found
`,
);

/**
 * A new version with these settings, live at once. ARGV base, tenant, id, token, version that must be live, settings, by,
 * why, '1' = as a candidate only → `{'ok', record, version}` | `{'conflict'}` | `{'unknown'}`
 */
export const CHANGE = defineScript(
  'change-assistant',
  SHARED_LUA,
  `
local id, token, settings = ARGV[3], ARGV[4], ARGV[6]
if not known(id) then return {'unknown'} end
local f = redis.call('HMGET', base .. id, 'version', 'settings', 'token', 'origin', 'newest')
if f[3] == token then return {'ok', describe(id), f[5]} end
if f[1] ~= ARGV[5] then return {'conflict'} end
if f[2] == settings then return {'ok', describe(id), f[1]} end
local version = f[1]
if ARGV[9] == '1' then version = add_version(id, settings, ARGV[7], ARGV[8])
else
  change(id, settings, ARGV[7], ARGV[8])
  version = redis.call('HGET', base .. id, 'version')
end
redis.call('HSET', base .. id, 'token', token)
-- From here on its metadata say again whose it is: what somebody changed is better kept than cleaned up.
redis.call('HDEL', base .. id, 'copied')
-- What somebody changed does not follow the configuration any more.
if f[4] == 'config' then redis.call('HSET', base .. id, 'origin', 'manager') end
return {'ok', describe(id), tostring(version)}
`,
);

/** ARGV base, tenant, id → record, or nothing */
export const MAKE_CURRENT = defineScript(
  'make-assistant-current',
  SHARED_LUA,
  `
if not known(ARGV[3]) then return false end
make_current(ARGV[3])
return describe(ARGV[3])
`,
);

/** ARGV base, tenant, id, token, version that must be live ('' = any) → 1 when it was there, 2 when another version is live */
export const REMOVE = defineScript(
  'remove-assistant',
  SHARED_LUA,
  `
local id, token = ARGV[3], ARGV[4]
if not known(id) then return redis.call('HGET', versions_of(id), 'deleted') == token and 1 or 0 end
if (ARGV[5] or '') ~= '' and redis.call('HGET', base .. id, 'version') ~= ARGV[5] then return 2 end
remove(id, token)
return 1
`,
);

/** ARGV base, tenant, id → `[field, value…]` of the versions, or nothing */
export const VERSIONS = defineScript(
  'assistant-versions',
  SHARED_LUA,
  `return known(ARGV[3]) and redis.call('HGETALL', versions_of(ARGV[3]))`,
);

/**
 * ARGV base, tenant, channel key, kind, id or purpose, version ('' = the live one) → 1, or 0 when it names no assistant
 * or version that exists
 */
export const BIND_CHANNEL = defineScript(
  'bind-channel-assistant',
  SHARED_LUA,
  `
local chk, kind, what, version = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if kind == 'assistant' then
  if not known(what) then return 0 end
  if version ~= '' and redis.call('HEXISTS', versions_of(what), version) == 0 then return 0 end
  if version ~= '' then what = what .. '@' .. version end
end
redis.call('HSET', base .. 'bindings', chk, kind .. ':' .. what)
return 1
`,
);
