// How an event enters a channel's log: the only code that gives out offsets. A fragment that the scripts of
// the runs include, so that state and log change in one step.

/**
 * `emit(base, chk, gen, json)` appends one event and returns its live hint, a line
 * `<chk> <epoch> <offset> <json>`; `publish(base, hints)` sends the hints of a script as one message.
 * The channel's hash must hold `e0`, its log's identity. `emit_all` appends ARGV[first] to ARGV[last] for a
 * caller that knows `e0` and the newest offset already, notes the writer's `progress` with it, adds the hints to
 * `hints` and returns the new offset: the path of every token, so the hash is written once however many events there are.
 */
export const EMIT_LUA = `
local function emit(base, chk, gen, json)
  local meta = base .. 'c:' .. chk .. ':m'
  local off = redis.call('HINCRBY', meta, 'off', 1)
  redis.call('XADD', base .. 'c:' .. chk .. ':log', off .. '-0', 'e', json)
  return chk .. ' ' .. redis.call('HGET', meta, 'e0') .. '.' .. gen .. ' ' .. off .. ' ' .. json, off
end
local function emit_all(base, chk, gen, e0, off, first, last, hints, progress)
  local log, head = base .. 'c:' .. chk .. ':log', chk .. ' ' .. e0 .. '.' .. gen .. ' '
  local id = string.format('%d', off)
  for i = first, last do
    off = off + 1
    -- Lua would write the number as a float each time, which costs more than the rest of the line.
    id = string.format('%d', off)
    redis.call('XADD', log, id .. '-0', 'e', ARGV[i])
    hints[#hints + 1] = head .. id .. ' ' .. ARGV[i]
  end
  redis.call('HSET', base .. 'c:' .. chk .. ':m', 'off', id, 'progress', progress)
  return off
end
local function publish(base, hints)
  if #hints > 0 then redis.call('PUBLISH', base .. 'live', table.concat(hints, '\\n')) end
end
`;
