import { COUNT_USAGE_LUA } from '#assistants';
import { EMIT_LUA } from '#event-log';
import { THREAD_TOUCH_LUA } from '#threads';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * The only way out of the inbox: last events, result, transcript, thread, replies and lease in one step.
 *
 * KEYS counters, documented thread key, documented metadata key; ARGV base, gen, chk, token, run id, state,
 * result, dead letter, seconds to keep the run, seconds to keep the log, events to keep, thread id ('' = none),
 * seconds to keep the thread, seconds to keep the channel, tokens used, see COUNT_USAGE_LUA; way out that
 * needs no hint ('' = none), number of events, events…, transcript rows…
 * → `{'ok', epoch, offset, messages of the thread}` (the last is absent without a thread and when it is sent again) | `{'fenced'}` | `{'cancelled'}` when a cancel request came before the completion
 */
export const FINISH = defineScript(
  'finish',
  SHARED_LUA,
  EMIT_LUA,
  THREAD_TOUCH_LUA,
  COUNT_USAGE_LUA,
  `
local chk, tok, rid, state = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local meta, inbox = meta_of(chk), inbox_of(chk)
local place = redis.call('HMGET', meta, 'tok', 'fin', 'e0', 'off')
local fin = rid .. ' ' .. tok
if place[2] == fin then return {'ok', place[3] .. '.' .. gen, tonumber(place[4])} end
if place[1] ~= tok or redis.call('LINDEX', inbox, 0) ~= rid then return {'fenced'} end
if state == 'completed' and redis.call('HGET', run_of(rid), 'cancel') then return {'cancelled'} end
seen_to = ARGV[16]
local hints, off, first = {}, 0, 18
local last = first + tonumber(ARGV[17]) - 1
for e = first, last do hints[#hints + 1], off = emit(base, chk, gen, ARGV[e]) end
count_usage(base, run_of(rid), state, ARGV[15])
conclude(chk, rid, state, ARGV[7], ARGV[8], ARGV[9])
redis.call('LPOP', inbox)
disown(chk)
redis.call('HSET', meta, 'fin', fin)
redis.call('HDEL', meta, 'progress')
local count = nil
if ARGV[12] ~= '' then
  settle_thread(base, ARGV[12], KEYS[2], KEYS[3], now, tonumber(ARGV[13]), {unpack(ARGV, last + 1)})
  count = tonumber(redis.call('HGET', base .. 't:' .. ARGV[12], 'count') or nil)
end
redis.call('XTRIM', log_of(chk), 'MINID', math.max(1, off - tonumber(ARGV[11]) + 1))
redis.call('EXPIRE', log_of(chk), ARGV[10])
redis.call('EXPIRE', meta, ARGV[14])
make_ready(chk)
publish(base, hints)
return {'ok', place[3] .. '.' .. gen, off, count}
`,
);
