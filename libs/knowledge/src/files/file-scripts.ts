// The one step that changes what is noted of a file. Who writes must have read the last version; safe to send twice.
import { defineScript } from '#redis';

/**
 * KEYS base; ARGV id, version that must stand there ('0' = none), text of the record ('' removes it), JSON of a change → 1, or 0 when another
 * version stands there. The change: `listed` {list, as}, `user` {list, key} or false, `open` (ms; false = nobody needs to look), `file` and
 * `gone` (ids at the provider; false = none).
 */
export const WRITE_FILE = defineScript(
  'file_write',
  `
local base, id, text = KEYS[1], ARGV[1], ARGV[3]
local key = base .. 'r:' .. id
local there = redis.call('GET', key)
if there ~= text and not (text == '' and not there) then
  local version = there and cjson.decode(there).version or 0
  if version ~= tonumber(ARGV[2]) then return 0 end
end
local change = cjson.decode(ARGV[4])
if text == '' then
  redis.call('DEL', key)
  redis.call('ZREM', base .. 'all:' .. change.listed.list, change.listed.as)
  if change.user then redis.call('ZREM', base .. 'o:' .. change.user, id) end
else
  redis.call('SET', key, text)
  redis.call('ZADD', base .. 'all:' .. change.listed.list, 0, change.listed.as)
  if change.user then redis.call('ZADD', base .. 'o:' .. change.user, 0, id) end
end
if change.open then redis.call('ZADD', base .. 'open', change.open, id) else redis.call('ZREM', base .. 'open', id) end
if change.gone then redis.call('HDEL', base .. 'remote', change.gone) end
if change.file then redis.call('HSET', base .. 'remote', change.file, id) end
return 1
`,
);
