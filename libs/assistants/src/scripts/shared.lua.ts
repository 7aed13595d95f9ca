// What the scripts share. ARGV[1] = base of the keys, ARGV[2] = tenant; KEYS[1] = the documented key, which is itself
// the pointer to the current assistant of the default tenant and purpose. Each script is safe to send twice.

/** Versions of a deleted assistant stay this long for runs that began with it. */
const DELETED_SECONDS = 7 * 24 * 3_600;

/** So many versions of an assistant are kept, and any that was live within the last day: a run may still have it. */
const KEPT_VERSIONS = 200;
const LIVE_SECONDS = 24 * 3_600;

export const SHARED_LUA = `
local base, tenant = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = tonumber(time[1])
local now_ms = now * 1000 + math.floor(time[2] / 1000)
local function versions_of(id) return base .. id .. ':v' end
local function list_of() return base .. 'all:' .. tenant end
-- What is live, on trial or chosen by a channel stays for good; a few steps at a time, so that no change is slow.
local function trim_versions(id, newest)
  local f = redis.call('HMGET', base .. id, 'oldest', 'version', 'canary')
  local oldest, stays = tonumber(f[1] or 1), nil
  local last = math.min(newest - ${KEPT_VERSIONS}, oldest + 49)
  for v = oldest, last do
    local replaced = redis.call('HGET', versions_of(id), v + 1 .. ':at')
    if replaced and now - tonumber(replaced) < ${LIVE_SECONDS} then break end
    if not stays then
      stays = {[tonumber(f[2] or 0)] = true}
      if f[3] then stays[cjson.decode(f[3]).version] = true end
      for _, choice in ipairs(redis.call('HVALS', base .. 'bindings')) do
        local which, version = choice:match('^assistant:([%w_]+)@(%d+)$')
        if which == id then stays[tonumber(version)] = true end
      end
    end
    if not stays[v] then redis.call('HDEL', versions_of(id), v, v .. ':at', v .. ':by', v .. ':why') end
    redis.call('HSET', base .. id, 'oldest', v + 1)
  end
end
local function add_version(id, settings, by, why)
  local version = redis.call('HINCRBY', base .. id, 'newest', 1)
  redis.call('HSET', versions_of(id), version, settings, version .. ':at', now, version .. ':by', by, version .. ':why', why)
  trim_versions(id, version)
  return version
end
local function enter(id, purpose, origin, by)
  local seq = redis.call('INCR', base .. 'sequence')
  redis.call('HSET', base .. id, 'tenant', tenant, 'purpose', purpose, 'origin', origin, 'by', by, 'seq', seq)
  redis.call('ZADD', list_of(), seq, id)
end
-- A record from before there was a registry is entered into it when it is met.
local function known(id)
  if not id or not string.find(id, '^asst_%w+$') then return false end
  local f = redis.call('HMGET', base .. id, 'version', 'settings', 'tenant')
  if not f[1] or not f[2] then return false end
  if f[3] then return f[3] == tenant end
  if tenant ~= 'default' then return false end
  enter(id, 'default', 'config', 'configuration')
  redis.call('HSET', base .. id, 'newest', tonumber(f[1]) - 1)
  add_version(id, f[2], 'configuration', 'taken over')
  return true
end
local function is_documented(purpose) return tenant == 'default' and purpose == 'default' end
local function current_of(purpose)
  local id
  if is_documented(purpose) then id = redis.call('GET', KEYS[1])
  else id = redis.call('HGET', base .. 'current:' .. tenant, purpose) end
  return known(id) and id or false
end
local function make_current(id)
  local purpose = redis.call('HGET', base .. id, 'purpose')
  if is_documented(purpose) then redis.call('SET', KEYS[1], id)
  else redis.call('HSET', base .. 'current:' .. tenant, purpose, id) end
end
local function create(id, purpose, settings, origin, by, why)
  enter(id, purpose, origin, by)
  redis.call('HSET', base .. id, 'created', now, 'settings', settings, 'version', add_version(id, settings, by, why))
end
local function change(id, settings, by, why)
  redis.call('HSET', base .. id, 'settings', settings, 'version', add_version(id, settings, by, why))
end
local function end_canary(id)
  redis.call('HDEL', base .. id, 'canary')
  redis.call('DEL', base .. id .. ':canary', base .. id .. ':canary:runs')
end
local function remove(id, token)
  local purpose = redis.call('HGET', base .. id, 'purpose')
  if current_of(purpose) == id then
    if is_documented(purpose) then redis.call('DEL', KEYS[1])
    else redis.call('HDEL', base .. 'current:' .. tenant, purpose) end
  end
  end_canary(id)
  redis.call('DEL', base .. id)
  redis.call('ZREM', list_of(), id)
  redis.call('HSET', versions_of(id), 'deleted', token)
  redis.call('EXPIRE', versions_of(id), ${DELETED_SECONDS})
end
-- id, fields, whether it is the current one
local function describe(id)
  local fields = redis.call('HGETALL', base .. id)
  return {id, fields, current_of(redis.call('HGET', base .. id, 'purpose')) == id and 1 or 0}
end
`;
