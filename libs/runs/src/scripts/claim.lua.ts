import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Gives ready channels to a worker, each under a fresh token. First it takes back what dead workers hold:
 * leases past their deadline, and those so far in the future that the clock must have gone back.
 *
 * KEYS counters; ARGV base, gen, owner, claim id, lease ms, how many
 * → `{takeovers, {chk, token, run id, [field, value…], progress}…}`; the same claim id gets the same answer again
 */
export const CLAIM = defineScript(
  'claim',
  SHARED_LUA,
  `
local owner, claim_id, ms, want = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local function describe(chk)
  local rid = redis.call('LINDEX', inbox_of(chk), 0)
  local place = redis.call('HMGET', meta_of(chk), 'tok', 'progress')
  return {chk, place[1], rid, redis.call('HGETALL', run_of(rid)), place[2] or '0'}
end
local memo = base .. 'claim:' .. owner
local last = redis.call('LRANGE', memo, 0, -1)
if last[1] == claim_id then
  local again = {0}
  for i = 2, #last do
    local tok = redis.call('HGET', meta_of(last[i]), 'tok')
    if tok and tok:sub(-#claim_id) == claim_id then again[#again + 1] = describe(last[i]) end
  end
  return again
end
local takeovers = 0
local function take_back(chks)
  for _, chk in ipairs(chks) do
    disown(chk)
    local rid = redis.call('LINDEX', inbox_of(chk), 0)
    if rid then
      redis.call('HINCRBY', run_of(rid), 'deaths', 1)
      takeovers = takeovers + 1
    end
    make_ready(chk)
  end
end
take_back(redis.call('ZRANGEBYSCORE', base .. 'lease', '-inf', now, 'LIMIT', 0, 200))
take_back(redis.call('ZRANGEBYSCORE', base .. 'lease', '(' .. (now + 2 * ms), '+inf', 'LIMIT', 0, 200))
for _, chk in ipairs(redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', now, 'LIMIT', 0, 200)) do
  redis.call('ZREM', base .. 'delayed', chk)
  make_ready(chk)
end
local claims = {takeovers}
local chks = redis.call('ZRANGE', base .. 'ready', 0, want - 1)
if #chks == 0 then return claims end
redis.call('DEL', memo)
redis.call('RPUSH', memo, claim_id, unpack(chks))
redis.call('PEXPIRE', memo, ms)
for _, chk in ipairs(chks) do
  redis.call('ZREM', base .. 'ready', chk)
  local rid = redis.call('LINDEX', inbox_of(chk), 0)
  if rid then
    local fence = redis.call('HINCRBY', base .. 'counters', 'fence', 1)
    redis.call('HSET', meta_of(chk), 'tok', gen .. '-' .. fence .. '-' .. claim_id, 'owner', owner)
    redis.call('ZADD', base .. 'lease', now + ms, chk)
    redis.call('HINCRBY', run_of(rid), 'attempt', 1)
    redis.call('HSET', run_of(rid), 'state', 'running')
    redis.call('HSETNX', run_of(rid), 'started', now)
    claims[#claims + 1] = describe(chk)
  end
end
return claims
`,
);
