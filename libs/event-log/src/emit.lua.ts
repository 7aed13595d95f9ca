// How an event enters a channel's log: the only code that gives out offsets. A fragment that the scripts of
// the runs include, so that state and log change in one step.

/**
 * `emit(base, chk, gen, json)` appends one event and returns its live hint, a line
 * `<chk> <epoch> <offset> <json>`; `publish(base, hints)` sends the hints of a script as one message.
 * The channel's hash must hold `e0`, its log's identity.
 */
export const EMIT_LUA = `
local function emit(base, chk, gen, json)
  local meta = base .. 'c:' .. chk .. ':m'
  local off = redis.call('HINCRBY', meta, 'off', 1)
  redis.call('XADD', base .. 'c:' .. chk .. ':log', off .. '-0', 'e', json)
  return chk .. ' ' .. redis.call('HGET', meta, 'e0') .. '.' .. gen .. ' ' .. off .. ' ' .. json, off
end
local function publish(base, hints)
  if #hints > 0 then redis.call('PUBLISH', base .. 'live', table.concat(hints, '\\n')) end
end
`;
