// The steps of a document's record, each one script in one slot. Whoever has it writes; one whose lease has passed to another is
// refused, however late it comes. All are safe to send twice.
import { defineScript } from '#redis';

/** What the others share: names of keys, the clock, events, the end. */
const SHARED = `
local base, id = KEYS[1], ARGV[1]
local record, events, parts = base .. 'j:' .. id, base .. 'e:' .. id, base .. 'p:' .. id
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ENDED = {completed = true, failed = true, cancelled = true}
local function text(n) return string.format('%.0f', n) end
local function tell(event) redis.call('XADD', events, 'MAXLEN', '~', '5000', '*', 'event', event) end
local function finish(state, result, fault, kept)
  redis.call('HSET', record, 'state', state, 'ended_at', text(now))
  redis.call('HDEL', record, 'owner', 'lease', 'fault')
  if result ~= '' then redis.call('HSET', record, 'result', result) end
  local event = '{"type":"state","state":"' .. state .. '"'
  if fault ~= '' then
    redis.call('HSET', record, 'fault', fault)
    event = event .. ',"fault":' .. fault
  end
  tell(event .. '}')
  redis.call('DEL', parts)
  redis.call('ZREM', base .. 'open', id)
  redis.call('EXPIRE', record, kept)
  redis.call('EXPIRE', events, math.min(tonumber(kept), 3600))
end
`;

/** ARGV id, spec, tenant's digest, user's key or '', seconds that it is kept → 1 */
export const CREATE = defineScript(
  'document-create',
  SHARED,
  `
if redis.call('EXISTS', record) == 1 then return 1 end
redis.call('HSET', record, 'spec', ARGV[2], 'state', 'queued', 'attempt', '0')
redis.call('ZADD', base .. 'all:' .. ARGV[3], text(now), id)
redis.call('ZADD', base .. 'open', text(now + 5000), id)
if ARGV[4] ~= '' then
  redis.call('ZADD', base .. 'u:' .. ARGV[4], text(now), id)
  redis.call('EXPIRE', base .. 'u:' .. ARGV[4], ARGV[5])
end
tell('{"type":"state","state":"queued"}')
return 1
`,
);

/** ARGV id, owner, ms of the lease → `ok`, `held` by somebody else, `ended`, `gone` */
export const CLAIM = defineScript(
  'document-claim',
  SHARED,
  `
local state, owner, lease = unpack(redis.call('HMGET', record, 'state', 'owner', 'lease'))
if not state then
  redis.call('ZREM', base .. 'open', id)
  return 'gone'
end
if ENDED[state] then return 'ended' end
if state == 'running' and owner == ARGV[2] then return 'ok' end
if state == 'running' and tonumber(lease) > now then return 'held' end
redis.call('HSET', record, 'state', 'running', 'owner', ARGV[2], 'lease', text(now + ARGV[3]))
redis.call('HDEL', record, 'fault')
redis.call('HSETNX', record, 'started_at', text(now))
redis.call('HINCRBY', record, 'attempt', 1)
redis.call('ZADD', base .. 'open', text(now + ARGV[3]), id)
tell('{"type":"state","state":"running"}')
return 'ok'
`,
);

/** ARGV id, owner, ms of the lease, progress or '', events… → 0 = another has it, 1 = go on, 2 = it is not wanted any more */
export const NOTE = defineScript(
  'document-note',
  SHARED,
  `
local state, owner, cancel = unpack(redis.call('HMGET', record, 'state', 'owner', 'cancel'))
if state ~= 'running' or owner ~= ARGV[2] then return 0 end
redis.call('HSET', record, 'lease', text(now + ARGV[3]))
redis.call('ZADD', base .. 'open', text(now + ARGV[3]), id)
if ARGV[4] ~= '' then redis.call('HSET', record, 'progress', ARGV[4]) end
for i = 5, #ARGV do tell(ARGV[i]) end
return cancel and 2 or 1
`,
);

/** ARGV id, owner, part, text → 1, or 0 when another has it. What is done is not done again by whoever takes it up. */
export const KEEP_PART = defineScript(
  'document-part',
  SHARED,
  `
local state, owner = unpack(redis.call('HMGET', record, 'state', 'owner'))
if state ~= 'running' or owner ~= ARGV[2] then return 0 end
redis.call('HSET', parts, ARGV[3], ARGV[4])
return 1
`,
);

/** ARGV id, owner, ms until it is tried again, fault → 1, or 0 when another has it */
export const PARK = defineScript(
  'document-park',
  SHARED,
  `
local state, owner = unpack(redis.call('HMGET', record, 'state', 'owner'))
if state ~= 'running' or owner ~= ARGV[2] then return 0 end
redis.call('HSET', record, 'state', 'queued', 'fault', ARGV[4])
redis.call('HDEL', record, 'owner', 'lease')
redis.call('ZADD', base .. 'open', text(now + ARGV[3]), id)
tell('{"type":"state","state":"queued","fault":' .. ARGV[4] .. '}')
return 1
`,
);

/** ARGV id, owner, state, result or '', fault or '', seconds that it is kept → 1, or 0 when another has it or it has ended */
export const END = defineScript(
  'document-end',
  SHARED,
  `
local state, owner = unpack(redis.call('HMGET', record, 'state', 'owner'))
if state ~= 'running' or owner ~= ARGV[2] then return 0 end
finish(ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 1
`,
);

/** ARGV id, seconds that it is kept → `cancelled`, `requested`, `already_finished`, `not_found` */
export const CANCEL = defineScript(
  'document-cancel',
  SHARED,
  `
local state = redis.call('HGET', record, 'state')
if not state then return 'not_found' end
if ENDED[state] then return 'already_finished' end
if state == 'running' then
  redis.call('HSET', record, 'cancel', '1')
  return 'requested'
end
finish('cancelled', '', '', ARGV[2])
return 'cancelled'
`,
);

/** ARGV id, tenant's digest, user's key or '' → 1 when it was there */
export const REMOVE = defineScript(
  'document-remove',
  SHARED,
  `
redis.call('ZREM', base .. 'open', id)
redis.call('ZREM', base .. 'all:' .. ARGV[2], id)
if ARGV[3] ~= '' then redis.call('ZREM', base .. 'u:' .. ARGV[3], id) end
return redis.call('DEL', record, events, parts) > 0 and 1 or 0
`,
);
