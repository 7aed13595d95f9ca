import { defineScript } from '#redis';
import { SMALL_BYTES } from '../run/run-size.js';
import { SHARED_LUA } from './shared.lua.js';

/** How far a claim looks for small runs behind large ones that there is no room for. */
const LOOK = 32;

/**
 * Gives ready channels to a worker, each under a fresh token. First it takes back what dead workers hold:
 * leases past their deadline, and those so far in the future that the clock must have gone back.
 * A large run that there is no room for keeps its place, and no large one goes before it; small ones do.
 *
 * KEYS counters; ARGV base, gen, owner, claim id, lease ms, how many, of how many bytes the large ones together, 1 = the first
 * of them whatever its bytes
 * → `{takeovers, 1 when a large one was left for want of room, {chk, token, run id, [field, value…], progress}…}`;
 * the same claim id gets the same answer again
 */
export const CLAIM = defineScript(
  'claim',
  SHARED_LUA,
  `
local owner, claim_id, ms, want = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local room, alone = tonumber(ARGV[7]), ARGV[8] == '1'
local function describe(chk, rid)
  local place = redis.call('HMGET', meta_of(chk), 'tok', 'progress')
  return {chk, place[1], rid, redis.call('HGETALL', run_of(rid)), place[2] or '0'}
end
local memo = base .. 'claim:' .. owner
local last = redis.call('LRANGE', memo, 0, -1)
if last[1] == claim_id then
  local again = {0, 0}
  for i = 2, #last do
    local tok = redis.call('HGET', meta_of(last[i]), 'tok')
    if tok and tok:sub(-#claim_id) == claim_id then
      again[#again + 1] = describe(last[i], redis.call('LINDEX', inbox_of(last[i]), 0))
    end
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
local claims, memos = {takeovers, 0}, {claim_id}
for _, chk in ipairs(redis.call('ZRANGE', base .. 'ready', 0, math.max(want, ${LOOK}) - 1)) do
  if #memos > want then break end
  local rid = redis.call('LINDEX', inbox_of(chk), 0)
  local bytes = rid and tonumber(redis.call('HGET', run_of(rid), 'bytes') or '0') or 0
  local large = bytes > ${SMALL_BYTES}
  if large and bytes > room and not alone then
    claims[2], room = 1, 0
  else
    if large then room, alone = room - bytes, false end
    redis.call('ZREM', base .. 'ready', chk)
    if rid then
      local fence = redis.call('HINCRBY', base .. 'counters', 'fence', 1)
      redis.call('HSET', meta_of(chk), 'tok', gen .. '-' .. fence .. '-' .. claim_id, 'owner', owner)
      redis.call('ZADD', base .. 'lease', now + ms, chk)
      redis.call('HINCRBY', run_of(rid), 'attempt', 1)
      redis.call('HSET', run_of(rid), 'state', 'running')
      redis.call('HSETNX', run_of(rid), 'started', now)
      memos[#memos + 1] = chk
      claims[#claims + 1] = describe(chk, rid)
    end
  end
end
if #memos > 1 then
  redis.call('DEL', memo)
  redis.call('RPUSH', memo, unpack(memos))
  redis.call('PEXPIRE', memo, ms)
end
return claims
`,
);
