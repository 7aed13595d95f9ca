import { EMIT_LUA } from '#event-log';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/** Of one run. Producers repeat with one address, seldom two; the bound is for those that make up new ones. */
const REPLY_ADDRESSES = 8;

/** Of one run; more than a consumer has in hand, so that whatever a crash brings again is known. */
const DELIVERIES = 512;

/**
 * The one way in. A known message answers with its run; a new one gets its place in the channel's inbox and
 * its first event. Also the duplicate path writes, so that its answer is durable together with the original.
 * A reply address is kept with the run until its end; when that is there already, it leaves for it now, but for a
 * delivery that has asked before: that is the broker's repeat, not the sender's.
 *
 * KEYS counters; ARGV base, gen, chk, new log identity, run id, body hash, bytes, backlog, high runs,
 * high bytes, seconds to keep the log, seconds to keep the channel, event, reply address ('' = none),
 * delivery ('' = unknown), key of the user ('' = nobody), seconds to keep a finished run, 1 = no worker need be woken, then the run's fields → `{outcome, run id, state, epoch, offset, result, 0 when the run has too many addresses}`
 */
export const ADMIT = defineScript(
  'admit',
  SHARED_LUA,
  EMIT_LUA,
  `
local chk, e0, rid, hash, bytes = ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local meta, inbox, run = meta_of(chk), inbox_of(chk), run_of(rid)
local address = ARGV[14]
local function remember()
  if address == '' or redis.call('LPOS', replies_of(rid), address) then return 1 end
  if redis.call('LLEN', replies_of(rid)) >= ${REPLY_ADDRESSES} then return 0 end
  redis.call('RPUSH', replies_of(rid), address)
  return 1
end
local delivery = ARGV[15]
local function is_new()
  if delivery == '' then return true end
  local deliveries = deliveries_of(rid)
  if redis.call('LPOS', deliveries, delivery) then return false end
  redis.call('RPUSH', deliveries, delivery)
  redis.call('LTRIM', deliveries, -${DELIVERIES}, -1)
  local left = redis.call('PTTL', run)
  if left > 0 then redis.call('PEXPIRE', deliveries, left) end
  return true
end
local known = redis.call('HMGET', run, 'hash', 'state', 'result', 'admission')
if known[1] then
  if known[1] ~= hash then return {'conflict', rid} end
  redis.call('HINCRBY', run, 'seen', 1)
  local place = redis.call('HMGET', meta, 'e0', 'off')
  -- The same admission sent again because its answer was lost is no duplicate.
  local outcome = known[4] == e0 and 'accepted' or 'duplicate'
  local heard, new = 1, is_new()
  if not known[3] then
    heard = remember()
  elseif outcome == 'duplicate' and address ~= '' and new then
    send_end(rid, address, known[3])
  end
  return {outcome, rid, known[2], (place[1] or e0) .. '.' .. gen, tonumber(place[2] or '0'), known[3] or '', heard}
end
local load = redis.call('HMGET', base .. 'counters', 'open', 'bytes', 'salt')
if load[3] and redis.call('EXISTS', erased_of(load[3], rid)) == 1 then return {'erased', rid} end
if redis.call('LLEN', inbox) >= tonumber(ARGV[8]) then return {'full', rid} end
if tonumber(load[1] or '0') >= tonumber(ARGV[9]) or tonumber(load[2] or '0') + bytes > tonumber(ARGV[10]) then
  return {'busy', rid}
end
-- A channel without a name for its log starts one; what may be left of an older log has no offsets to go on from.
if redis.call('HSETNX', meta, 'e0', e0) == 1 then redis.call('DEL', log_of(chk)) end
local seq = redis.call('HINCRBY', meta, 'seq', 1)
redis.call('HSET', run, 'hash', hash, 'admission', e0, 'state', 'queued', 'chk', chk, 'seq', seq,
  'created', now, 'bytes', bytes, 'attempt', 0, 'burn', 0, 'deaths', 0, 'round', 0, 'keep', 0,
  unpack(ARGV, 19))
remember()
is_new()
-- Who may ask what is kept of them: a list that a new entry shortens by old ones that are gone.
local function note(owner, member)
  local list = owned_of(owner)
  redis.call('ZADD', list, now, member)
  for _, old in ipairs(redis.call('ZRANGE', list, 0, 1)) do
    if old ~= member and not stands(old) then redis.call('ZREM', list, old) end
  end
  return list
end
local who, keep_s = ARGV[16], tonumber(ARGV[17])
redis.call('EXPIRE', note('c:' .. chk, 'r:' .. rid), tonumber(ARGV[12]) + keep_s)
if who ~= '' then
  redis.call('HSET', run, 'who', who)
  note('u:' .. who, 'r:' .. rid)
  note('u:' .. who, 'c:' .. chk)
  redis.call('ZADD', base .. 'owners', now + keep_s * 1000, 'u:' .. who)
end
redis.call('HSET', meta, 'name', redis.call('HGET', run, 'channel'), 'tenant', redis.call('HGET', run, 'tenant'))
redis.call('HINCRBY', base .. 'counters', 'open', 1)
redis.call('HINCRBY', base .. 'counters', 'bytes', bytes)
local waiting = redis.call('RPUSH', inbox, rid)
local hint, off = emit(base, chk, gen, ARGV[13])
redis.call('EXPIRE', log_of(chk), ARGV[11])
redis.call('EXPIRE', meta, ARGV[12])
if waiting == 1 then make_ready(chk, ARGV[18] == '1') end
publish(base, {hint})
return {'accepted', rid, 'queued', redis.call('HGET', meta, 'e0') .. '.' .. gen, off, '', 1}
`,
);
