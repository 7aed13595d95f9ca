// The scripts that erase: a run with everything that hangs on it, a channel that nothing is left of, and names from the
// lists of owners that stand for nothing any more.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Erases a run that has ended: record, journal, rounds, addresses, its events in the channel's log. A mark stays, so
 * that a redelivery is known.
 * KEYS counters; ARGV base, gen, run id, owner that asks, random text (the salt, where there is none yet), seconds to keep the mark
 * → 1 erased, 0 there was none, -1 when it has not ended
 */
export const ERASE_RUN = defineScript(
  'erase_run',
  SHARED_LUA,
  `
local rid, owner = ARGV[3], ARGV[4]
local run = run_of(rid)
local f = redis.call('HMGET', run, 'chk', 'result', 'who')
local chk = f[1]
if chk and not f[2] then return -1 end
redis.call('ZREM', owned_of(owner), 'r:' .. rid)
if not chk then return 0 end
redis.call('HSETNX', base .. 'counters', 'salt', ARGV[5])
redis.call('SET', erased_of(redis.call('HGET', base .. 'counters', 'salt'), rid), '', 'EX', ARGV[6])
local log, mine, at = log_of(chk), '"run_id":"' .. rid .. '"', '-'
repeat
  local rows = redis.call('XRANGE', log, at, '+', 'COUNT', 500)
  for _, row in ipairs(rows) do
    if row[2][2]:find(mine, 1, true) then redis.call('XDEL', log, row[1]) end
    at = '(' .. row[1]
  end
until #rows < 500
redis.call('UNLINK', run, run .. ':j', run .. ':rounds', replies_of(rid), deliveries_of(rid))
redis.call('ZREM', owned_of('c:' .. chk), 'r:' .. rid)
if f[3] then redis.call('ZREM', owned_of('u:' .. f[3]), 'r:' .. rid) end
return 1
`,
);

/** The addresses that a run's end would be sent to. KEYS counters; ARGV base, gen, run id → 1 when there were any */
export const DROP_REPLIES = defineScript(
  'drop_replies',
  SHARED_LUA,
  `return redis.call('DEL', replies_of(ARGV[3]))`,
);

/**
 * Forgets a channel when nothing is left in it: its name, offsets and empty log. Whoever comes next begins a new one.
 * KEYS counters, documented thread key; ARGV base, gen, chk, owner that asks → 1 when it is gone
 */
export const FORGET_CHANNEL = defineScript(
  'forget_channel',
  SHARED_LUA,
  `
local chk, owner = ARGV[3], ARGV[4]
local runs = owned_of('c:' .. chk)
for _, member in ipairs(redis.call('ZRANGE', runs, 0, -1)) do
  if not stands(member) then redis.call('ZREM', runs, member) end
end
redis.call('ZREM', owned_of(owner), 'c:' .. chk)
if redis.call('EXISTS', inbox_of(chk), runs, KEYS[2]) > 0 or redis.call('ZSCORE', base .. 'lease', chk)
  or redis.call('XLEN', log_of(chk)) > 0 then return 0 end
redis.call('UNLINK', meta_of(chk), log_of(chk))
redis.call('ZREM', base .. 'ready', chk)
redis.call('ZREM', base .. 'delayed', chk)
return 1
`,
);

/**
 * Shortens the lists of owners whose time to be looked at has come.
 * KEYS counters; ARGV base, gen, how many, ms until a list that stays is looked at again → how many were looked at
 */
export const TIDY_OWNERS = defineScript(
  'tidy_owners',
  SHARED_LUA,
  `
local due = redis.call('ZRANGEBYSCORE', base .. 'owners', '-inf', now, 'LIMIT', 0, ARGV[3])
for _, owner in ipairs(due) do
  local list = owned_of(owner)
  for _, member in ipairs(redis.call('ZRANGE', list, 0, -1)) do
    if not stands(member) then redis.call('ZREM', list, member) end
  end
  if redis.call('EXISTS', list) == 1 then redis.call('ZADD', base .. 'owners', now + ARGV[4], owner)
  else redis.call('ZREM', base .. 'owners', owner) end
end
return #due
`,
);
