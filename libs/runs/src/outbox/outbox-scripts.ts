// The scripts of the outbox' lanes: who empties one, and how one goes on after Redis has lost data.
import { defineScript } from '#redis';

/** KEYS lane; ARGV owner, ms → 1 when the lane is ours for that long */
export const HOLD_LANE = defineScript(
  'hold_lane',
  `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
);

/** KEYS lane; ARGV owner */
export const LEAVE_LANE = defineScript(
  'leave_lane',
  `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`,
);

/**
 * Makes a stream's next id come after a cursor, and with it whatever is in the stream now.
 * KEYS stream; ARGV the cursor's milliseconds and sequence → entries that were moved, or -1 when it was past it
 */
export const CATCH_UP = defineScript(
  'catch_up',
  `
local top = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then top = info[i + 1] end end
end
local ms, sequence = top:match('^(%d+)-(%d+)$')
local top_ms, cursor_ms = tonumber(ms), tonumber(ARGV[1])
if top_ms > cursor_ms or (top_ms == cursor_ms and tonumber(sequence) >= tonumber(ARGV[2])) then return -1 end
local rows = redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('XADD', KEYS[1], ARGV[1] .. '-' .. ARGV[2], 'e', '')
redis.call('XDEL', KEYS[1], ARGV[1] .. '-' .. ARGV[2])
for _, row in ipairs(rows) do
  redis.call('XADD', KEYS[1], '*', unpack(row[2]))
  redis.call('XDEL', KEYS[1], row[1])
end
return #rows
`,
);
