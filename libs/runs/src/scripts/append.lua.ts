import { EMIT_LUA } from '#event-log';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Events of many runs of one worker in one step and one live hint. Two guards for each run: the lease's
 * token, and the writer's progress, which must be what this batch follows on. Every token takes this path, so
 * the progress stands beside token and offset: one read and one write of the channel's hash per batch.
 *
 * KEYS counters; ARGV base, gen, then per run: chk, token, progress before, progress after, note, number of
 * events, events…; the note is '' or `<run id> <1 when the batch ends with run.started> <response id, or nothing>`
 * → per run the last offset, -1 when the lease was lost, -2 when the progress differs
 */
export const APPEND = defineScript(
  'append',
  SHARED_LUA,
  EMIT_LUA,
  `
local function take_note(note, last)
  local rid, starts, response = note:match('^(%S+) (%d) (.*)$')
  if starts == '1' then redis.call('HSET', run_of(rid), 'start_off', last) end
  if response ~= '' then redis.call('HSET', run_of(rid), 'resp_id', response, 'resp_at', now) end
end
local out, hints, i = {}, {}, 3
while i <= #ARGV do
  local chk, before, after, note, count = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], tonumber(ARGV[i + 5])
  local place = redis.call('HMGET', meta_of(chk), 'tok', 'off', 'e0', 'progress')
  local progress, last = place[4] or '0', tonumber(place[2])
  if place[1] ~= ARGV[i + 1] then
    last = -1
  elseif progress ~= after and progress ~= before then
    last = -2
  elseif progress ~= after then
    last = emit_all(base, chk, gen, place[3], last, i + 6, i + 5 + count, hints, after)
    if note ~= '' then take_note(note, last) end
  end
  out[#out + 1] = last
  i = i + 6 + count
end
publish(base, hints)
return out
`,
);
