// The scripts of a thread's life. Redis' clock is the only clock. The channel's documented keys (thread id,
// metadata) live in other slots than the thread itself: they are written in the same step, which holds on a
// single node or behind Sentinel.
import { defineScript } from '#redis';

/**
 * For scripts that end a run: `settle_thread(base, thread_id, thread_key, metadata_key, now_ms, expiry_s, rows)`
 * appends `rows` (a table of strings) to the transcript, counts one message, and slides every expiry.
 * `base` is the shard's key base, `thread_key` and `metadata_key` the documented keys. A thread that was cleared
 * meanwhile stays cleared: nothing is written and the answer is false. Documented keys that
 * name another thread by now are left alone.
 */
export const THREAD_TOUCH_LUA = `
local function slide_thread(base, thread_id, thread_key, metadata_key, now_ms, expiry_s)
  local hash = base .. 't:' .. thread_id
  redis.call('EXPIRE', hash, expiry_s)
  redis.call('EXPIRE', hash .. ':items', expiry_s)
  redis.call('ZADD', base .. 'threads', now_ms, thread_id)
  if redis.call('GET', thread_key) ~= thread_id then return false end
  redis.call('EXPIRE', thread_key, expiry_s)
  redis.call('EXPIRE', metadata_key, expiry_s)
  return true
end
local function project_thread(hash, metadata_key, expiry_s)
  local f = redis.call('HMGET', hash, 'created', 'count', 'last')
  redis.call('SET', metadata_key, string.format('{"created_at":%d,"message_count":%d,"last_message_at":%d}',
    math.floor(tonumber(f[1]) / 1000), tonumber(f[2]), math.floor(tonumber(f[3]) / 1000)), 'EX', expiry_s)
end
local function settle_thread(base, thread_id, thread_key, metadata_key, now_ms, expiry_s, rows)
  local hash = base .. 't:' .. thread_id
  if redis.call('EXISTS', hash) == 0 then return false end
  for _, row in ipairs(rows) do redis.call('RPUSH', hash .. ':items', row) end
  redis.call('HINCRBY', hash, 'count', 1)
  redis.call('HSET', hash, 'last', now_ms)
  if slide_thread(base, thread_id, thread_key, metadata_key, now_ms, expiry_s) then
    project_thread(hash, metadata_key, expiry_s)
  end
  return true
end
`;

/** Reads the thread that the documented key names; an id that is unknown here, or another channel's, counts as none. */
const KNOWN_LUA = `
local function known_thread(base, thread_key, chk)
  local id = redis.call('GET', thread_key)
  if not id or not string.find(id, '^thread_%x+$') then return false end
  if redis.call('HGET', base .. 't:' .. id, 'chk') ~= chk then return false end
  return id
end
local function thread_reply(base, id)
  local f = redis.call('HMGET', base .. 't:' .. id, 'created', 'count', 'last')
  return {id, f[1], f[2], f[3], redis.call('HGET', base .. 'conversations', id) or ''}
end
local function clock_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
`;

/** KEYS documented thread, metadata; ARGV base, chk, expiry s, new id, tenant, channel → id, created, count, last, conversation. */
export const OPEN_THREAD = defineScript(
  'open-thread',
  THREAD_TOUCH_LUA,
  KNOWN_LUA,
  `
local base, chk, expiry_s = ARGV[1], ARGV[2], ARGV[3]
local now = clock_ms()
local id = known_thread(base, KEYS[1], chk)
if not id then
  id = ARGV[4]
  redis.call('HSET', base .. 't:' .. id, 'chk', chk, 'tenant', ARGV[5], 'channel', ARGV[6],
    'created', now, 'count', 0, 'last', now)
  redis.call('SET', KEYS[1], id)
  project_thread(base .. 't:' .. id, KEYS[2], expiry_s)
end
slide_thread(base, id, KEYS[1], KEYS[2], now, expiry_s)
return thread_reply(base, id)
`,
);

/** KEYS documented thread, metadata; ARGV base, chk, expiry s → as OPEN_THREAD, or nothing. */
export const FIND_THREAD = defineScript(
  'find-thread',
  THREAD_TOUCH_LUA,
  KNOWN_LUA,
  `
local id = known_thread(ARGV[1], KEYS[1], ARGV[2])
if not id then return false end
slide_thread(ARGV[1], id, KEYS[1], KEYS[2], clock_ms(), ARGV[3])
return thread_reply(ARGV[1], id)
`,
);

/**
 * KEYS documented thread, metadata; ARGV base, chk, expiry s, new id, tenant, channel, messages, conversation or '', rows… → as
 * OPEN_THREAD; nothing where the channel has a thread already.
 */
export const IMPORT_THREAD = defineScript(
  'import-thread',
  THREAD_TOUCH_LUA,
  KNOWN_LUA,
  `
local base, chk, expiry_s, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if known_thread(base, KEYS[1], chk) then return false end
local now, hash = clock_ms(), base .. 't:' .. id
redis.call('HSET', hash, 'chk', chk, 'tenant', ARGV[5], 'channel', ARGV[6],
  'created', now, 'count', ARGV[7], 'last', now)
for i = 9, #ARGV do redis.call('RPUSH', hash .. ':items', ARGV[i]) end
if ARGV[8] ~= '' then redis.call('HSET', base .. 'conversations', id, ARGV[8]) end
redis.call('SET', KEYS[1], id)
project_thread(hash, KEYS[2], expiry_s)
slide_thread(base, id, KEYS[1], KEYS[2], now, expiry_s)
return thread_reply(base, id)
`,
);
