import { EMIT_LUA } from '#event-log';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Events of many runs of one worker in one step and one live hint. Two guards for each run: the lease's
 * token, and the writer's progress, which must be what this batch follows on.
 *
 * KEYS counters; ARGV base, gen, then per run: chk, token, run id, progress before, progress after,
 * provider's sequence number, response id ('' = unchanged), text length, start flag, number of events, events…
 * → per run the last offset, -1 when the lease was lost, -2 when the progress differs
 */
export const APPEND = defineScript(
  'append',
  SHARED_LUA,
  EMIT_LUA,
  `
local out, hints, i = {}, {}, 3
while i <= #ARGV do
  local chk, tok, rid, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local count = tonumber(ARGV[i + 9])
  local run = run_of(rid)
  local place = redis.call('HMGET', meta_of(chk), 'tok', 'off', 'e0')
  local progress = redis.call('HGET', run, 'useq')
  if place[1] ~= tok then
    out[#out + 1] = -1
  elseif progress == after then
    out[#out + 1] = tonumber(place[2])
  elseif progress ~= before then
    out[#out + 1] = -2
  else
    local last = tonumber(place[2])
    if count > 0 then last = emit_all(base, chk, gen, place[3], last, i + 10, i + 9 + count, hints) end
    redis.call('HSET', run, 'useq', after, 'rseq', ARGV[i + 5], 'tlen', ARGV[i + 7])
    if ARGV[i + 6] ~= '' then redis.call('HSET', run, 'resp_id', ARGV[i + 6], 'resp_at', now) end
    if ARGV[i + 8] == '1' then redis.call('HSET', run, 'start_off', last) end
    out[#out + 1] = last
  end
  i = i + 10 + count
end
publish(base, hints)
return out
`,
);
