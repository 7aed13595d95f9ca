// The scripts that end threads. Content kept here goes at once; a conversation at the provider is put among
// the orphans, from which a job deletes it, so that a crash in between loses nothing.
import { defineScript } from '#redis';

/** `purge_thread(base, id)` deletes a thread's own keys, and hands over its conversation. */
const PURGE_LUA = `
local function purge_thread(base, id)
  local gone = redis.call('UNLINK', base .. 't:' .. id, base .. 't:' .. id .. ':items')
  redis.call('ZREM', base .. 'threads', id)
  local conversation = redis.call('HGET', base .. 'conversations', id)
  if conversation then
    redis.call('HDEL', base .. 'conversations', id)
    redis.call('SADD', base .. 'orphans', conversation)
  end
  return gone
end
`;

/**
 * Ends the threads that were idle longest. KEYS threads zset; ARGV base, idle s, limit → how many.
 * Asked again as long as the answer is `limit`.
 */
export const EXPIRE_THREADS = defineScript(
  'expire-threads',
  PURGE_LUA,
  `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]) * 1000, 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do purge_thread(ARGV[1], id) end
return #ids
`,
);

/**
 * Ends the threads of some channels. KEYS pairs of documented thread and metadata; ARGV base, then per pair the
 * chk and, if the pair must still be what was seen, '=' with both values ('' where there was none); else ''.
 * → how many pairs were deleted.
 */
export const CLEAR_THREADS = defineScript(
  'clear-threads',
  PURGE_LUA,
  `
local base, cleared = ARGV[1], 0
local function text(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or ''
end
for i = 1, #KEYS / 2 do
  local at = 2 + (i - 1) * 4
  local thread_key, metadata_key = KEYS[2 * i - 1], KEYS[2 * i]
  local id = text(thread_key)
  if ARGV[at + 1] == '' or (id == ARGV[at + 2] and text(metadata_key) == ARGV[at + 3]) then
    if string.find(id, '^thread_%x+$') and redis.call('HGET', base .. 't:' .. id, 'chk') == ARGV[at] then
      purge_thread(base, id)
    end
    if redis.call('UNLINK', thread_key, metadata_key) > 0 then cleared = cleared + 1 end
  end
end
return cleared
`,
);

/** KEYS pairs of documented thread and metadata; ARGV base → per pair: thread id, metadata, bytes of both and of the content. */
export const READ_THREADS = defineScript(
  'read-threads',
  `
local out = {}
local function text(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or ''
end
local function bytes(key) return redis.call('MEMORY', 'USAGE', key) or 0 end
for i = 1, #KEYS, 2 do
  local id = text(KEYS[i])
  local size = bytes(KEYS[i]) + bytes(KEYS[i + 1])
  if string.find(id, '^thread_%x+$') then
    size = size + bytes(ARGV[1] .. 't:' .. id) + bytes(ARGV[1] .. 't:' .. id .. ':items')
  end
  out[#out + 1] = {id, text(KEYS[i + 1]), size}
end
return out
`,
);
