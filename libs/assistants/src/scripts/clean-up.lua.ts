// Deletes what nobody needs. Asks the heads of the channels that are at work, whose keys belong to the runs lib and stand in
// libs/redis/src/keys.ts: only a run that has begun names an assistant, and only a head has begun.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * ARGV base, tenant, id, token, '1' = only say, marker of our own, bases of the shards…
 * → `deleted` | `unknown` | `current` | `foreign` | `chosen` by a channel | `on_trial` | `in_use` by a run
 */
export const CLEAN_UP = defineScript(
  'clean-up-assistant',
  SHARED_LUA,
  `
local id, token = ARGV[3], ARGV[4]
if not known(id) then
  return redis.call('HGET', versions_of(id), 'deleted') == token and 'deleted' or 'unknown'
end
local f = redis.call('HMGET', base .. id, 'purpose', 'origin', 'settings', 'canary', 'copied')
if current_of(f[1]) == id then return 'current' end
local metadata = cjson.decode(f[3]).metadata
local maker = not f[5] and type(metadata) == 'table' and metadata.created_by
if maker and maker ~= ARGV[6] or not maker and f[2] == 'user' then return 'foreign' end
if f[4] then return 'on_trial' end
for _, choice in ipairs(redis.call('HVALS', base .. 'bindings')) do
  if choice:match('^assistant:([%w_]+)') == id then return 'chosen' end
end
for i = 7, #ARGV do
  for _, set in ipairs({'ready', 'delayed', 'lease'}) do
    for _, chk in ipairs(redis.call('ZRANGE', ARGV[i] .. set, 0, -1)) do
      local run = redis.call('LINDEX', ARGV[i] .. 'c:' .. chk .. ':in', 0)
      if run and redis.call('HGET', ARGV[i] .. 'r:' .. run, 'assistant') == id then return 'in_use' end
    end
  end
end
if ARGV[5] ~= '1' then remove(id, token) end
return 'deleted'
`,
);
