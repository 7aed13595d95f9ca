// SEEN_ALIVE: a replica says that it is there and hears how many are, and what the service has used. FORGET_USER: a user's part
// of a sum goes on without a name. FORGET_RESERVATION: so does a reservation.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/** ARGV: replica, ms after which one that says nothing is gone, 1 = it goes now. Answers replicas, tokens, cost of the day, of the month. */
export const SEEN_ALIVE = defineScript(
  'usage-seen-alive',
  SHARED_LUA,
  `
local now = now_ms()
local key = base .. 'replicas'
if ARGV[3] == '1' then redis.call('ZREM', key, ARGV[1]) else redis.call('ZADD', key, text(now), ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. text(now - ARGV[2]))
redis.call('PEXPIRE', key, ARGV[2])
local day, month = date(now)
local d, m = hash(base .. 'd:' .. day .. ':s'), hash(base .. 'm:' .. month .. ':s')
local function taken(of, a, b) return text((of[a] or 0) + (of[b] or 0)) end
return {redis.call('ZCARD', key), taken(d, 'used', 'held'), taken(d, 'cost', 'held_cost'), taken(m, 'cost', 'held_cost')}
`,
);

/** KEYS: a sum by user. ARGV: the user. Safe to send twice: the second time there is nothing to move. */
export const FORGET_USER = defineScript(
  'usage-forget-user',
  `
local mine = redis.call('HGET', KEYS[1], ARGV[1])
if not mine then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local sums, i = {}, 0
for v in mine:gmatch('%d+') do sums[#sums + 1] = tonumber(v) end
for v in (redis.call('HGET', KEYS[1], '') or ''):gmatch('%d+') do
  i = i + 1
  sums[i] = sums[i] + v
end
for j = 1, #sums do sums[j] = string.format('%.0f', sums[j]) end
redis.call('HSET', KEYS[1], '', table.concat(sums, ' '))
return 1
`,
);

/** KEYS: a reservation. ARGV: tenant, user. What it holds stays held. */
export const FORGET_RESERVATION = defineScript(
  'usage-forget-reservation',
  `
local r = redis.call('HMGET', KEYS[1], 'tenant', 'user')
if r[1] == ARGV[1] and r[2] == ARGV[2] then redis.call('HSET', KEYS[1], 'user', '') end
return 1
`,
);
