import { EMIT_LUA } from '#event-log';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Ends a waiting run at once, asks the worker of a running one to stop, reports a finished one.
 * KEYS counters; ARGV base, gen, run id, event, seconds to keep the run
 * → `{'cancelled' | 'requested' | 'finished' | 'unknown', state, result}`
 */
export const CANCEL = defineScript(
  'cancel',
  SHARED_LUA,
  EMIT_LUA,
  `
local rid = ARGV[3]
local known = redis.call('HMGET', run_of(rid), 'state', 'chk', 'result')
if not known[1] then return {'unknown', '', ''} end
if known[3] then return {'finished', known[1], known[3]} end
local chk = known[2]
local head = redis.call('LINDEX', inbox_of(chk), 0) == rid
if head and redis.call('ZSCORE', base .. 'lease', chk) then
  redis.call('HSET', run_of(rid), 'cancel', now)
  redis.call('PUBLISH', base .. 'control', rid)
  return {'requested', known[1], ''}
end
redis.call('LREM', inbox_of(chk), 1, rid)
local hint = emit(base, chk, gen, ARGV[4])
conclude(chk, rid, 'cancelled', ARGV[4], '', ARGV[5])
if head then
  redis.call('HDEL', meta_of(chk), 'progress')
  redis.call('ZREM', base .. 'ready', chk)
  redis.call('ZREM', base .. 'delayed', chk)
  make_ready(chk)
end
publish(base, {hint})
return {'cancelled', 'cancelled', ARGV[4]}
`,
);
