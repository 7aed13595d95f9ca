// The scripts by which a refresh happens once, however many processes find it due.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

const REFRESH_LUA = `
local refresh = base .. 'refresh:' .. tenant
local function last_of(purpose) return redis.call('HGET', refresh, 'last:' .. purpose) end
local function note_refresh(purpose)
  redis.call('HSET', refresh, 'last:' .. purpose, now_ms)
  redis.call('SADD', base .. 'refreshed', tenant)
end
local function interval_of(default) return tonumber(redis.call('HGET', refresh, 'interval') or default) end
local function is_due(purpose, id, default)
  local since = last_of(purpose) or (redis.call('HGET', base .. id, 'created') or 0) * 1000
  return now_ms - since >= interval_of(default)
end
`;

/**
 * ARGV base, tenant, purpose, new id, id that was current when the caller looked ('' = none, '*' = whatever is),
 * '1' = also before its time, interval in ms where none is stored, settings ('' = those of the current one), settings
 * where there is no current one, by, '1' = who made the settings says nothing of this copy → `{1 when made, id before or '', record}`
 */
export const REFRESH = defineScript(
  'refresh-assistant',
  SHARED_LUA,
  REFRESH_LUA,
  `
local purpose, id, seen = ARGV[3], ARGV[4], ARGV[5]
if known(id) then return {1, redis.call('HGET', base .. id, 'previous'), describe(id)} end
local current = current_of(purpose)
-- Somebody else has refreshed since the caller looked: that counts for both.
local overtaken = current and seen ~= '*' and current ~= seen
if overtaken or (current and ARGV[6] ~= '1' and not is_due(purpose, current, ARGV[7])) then
  return {0, '', describe(current)}
end
local settings, origin, copied = ARGV[8], 'manager', ARGV[11] == '1'
if settings == '' then
  settings = ARGV[9]
  if current then
    local f = redis.call('HMGET', base .. current, 'settings', 'origin')
    settings, copied = f[1], true
    if f[2] == 'config' then origin = 'config' end
  end
end
create(id, purpose, settings, origin, ARGV[10], current and 'refreshed' or 'created')
redis.call('HSET', base .. id, 'previous', current or '')
if copied then redis.call('HSET', base .. id, 'copied', 1) end
make_current(id)
note_refresh(purpose)
return {1, current or '', describe(id)}
`,
);

/** ARGV base, tenant, purpose, interval where none is stored → `{id or '', last ms or '', interval ms, 1 when due}` */
export const REFRESH_STATE = defineScript(
  'refresh-state',
  SHARED_LUA,
  REFRESH_LUA,
  `
local id = current_of(ARGV[3])
local due = not id or is_due(ARGV[3], id, ARGV[4])
return {id or '', last_of(ARGV[3]) or '', interval_of(ARGV[4]), due and 1 or 0}
`,
);

/** The current one is as good as new. ARGV base, tenant, purpose, id → 1 when it still is the current one */
export const VERIFIED = defineScript(
  'verified-assistant',
  SHARED_LUA,
  REFRESH_LUA,
  `
if current_of(ARGV[3]) ~= ARGV[4] then return 0 end
note_refresh(ARGV[3])
return 1
`,
);

/** ARGV base, tenant, ms → 1 */
export const SET_INTERVAL = defineScript(
  'set-refresh-interval',
  SHARED_LUA,
  `
redis.call('HSET', base .. 'refresh:' .. tenant, 'interval', ARGV[3])
redis.call('SADD', base .. 'refreshed', tenant)
return 1
`,
);
