// The steps that change what is noted of vCons, each one script in one slot. Who has the lock of a uuid writes; a writer whose lock has
// passed to another is refused, however late it comes. All are safe to send twice.
import { defineScript } from '#redis';

/** KEYS base; ARGV uuid, token, ms → 1 when the lock is the token's, for that long from now */
export const LOCK = defineScript(
  'vcon_lock',
  `
local key = KEYS[1] .. 'lock:' .. ARGV[1]
local holder = redis.call('GET', key)
if holder and holder ~= ARGV[2] then return 0 end
redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
return 1
`,
);

/** KEYS base; ARGV uuid, token, ms → 1 when the lock was still the token's and is for that long from now; ms 0 gives it back */
export const HOLD = defineScript(
  'vcon_hold',
  `
local key = KEYS[1] .. 'lock:' .. ARGV[1]
if redis.call('GET', key) ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', key) else redis.call('PEXPIRE', key, ARGV[3]) end
return 1
`,
);

/**
 * KEYS base; ARGV uuid, token, member, JSON of a change → 1, or 0 when the lock is somebody else's. The change: `record` (text; false removes
 * it), `listed` {list, as}, `open` (ms; false = nobody needs to look), `owners` and `left` (lists it stands in, and no longer),
 * `file` and `gone` (ids of files), `removals` of {id, text, due}.
 */
export const WRITE = defineScript(
  'vcon_write',
  `
local base, member = KEYS[1], ARGV[3]
if redis.call('GET', base .. 'lock:' .. ARGV[1]) ~= ARGV[2] then return 0 end
local change = cjson.decode(ARGV[4])
if change.record then redis.call('SET', base .. 'r:' .. member, change.record)
elseif change.record == false then redis.call('DEL', base .. 'r:' .. member) end
if change.listed then
  local list = base .. 'all:' .. change.listed.list
  if change.record == false then redis.call('ZREM', list, change.listed.as) else redis.call('ZADD', list, 0, change.listed.as) end
end
if change.open then redis.call('ZADD', base .. 'open', change.open, member)
elseif change.open == false then redis.call('ZREM', base .. 'open', member) end
for _, owner in ipairs(change.left or {}) do redis.call('ZREM', base .. 'o:' .. owner, member) end
for _, owner in ipairs(change.owners or {}) do redis.call('ZADD', base .. 'o:' .. owner, 0, member) end
for _, id in ipairs(change.file or {}) do redis.call('HSET', base .. 'files', id, member) end
for _, id in ipairs(change.gone or {}) do redis.call('HDEL', base .. 'files', id) end
for _, one in ipairs(change.removals or {}) do
  redis.call('SET', base .. 'rm:' .. one.id, one.text)
  redis.call('ZADD', base .. 'removals', one.due, one.id)
end
return 1
`,
);
