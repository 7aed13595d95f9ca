// Reads and small changes of a thread's list that must be one step.
import { defineScript } from '#redis';

/**
 * KEYS list; ARGV rows, bytes → 1 if there are older ones still, else 0; then the newest rows, newest first, until
 * there are `rows` of them or they exceed `bytes` together. Read inside Redis so that a long history costs one round trip and bounded memory.
 */
export const TRANSCRIPT_TAIL = defineScript(
  'transcript-tail',
  `
local count, limit, step = tonumber(ARGV[1]), tonumber(ARGV[2]), 20
local out, bytes, at = {0}, 0, redis.call('LLEN', KEYS[1])
while at > 0 do
  local from = math.max(0, at - step)
  local rows = redis.call('LRANGE', KEYS[1], from, at - 1)
  for i = #rows, 1, -1 do
    if #out > count or bytes > limit then
      out[1] = 1
      return out
    end
    out[#out + 1] = rows[i]
    bytes = bytes + #rows[i]
  end
  at = from
end
return out
`,
);

/** KEYS list; ARGV expected newest row, its replacement → 1 when it was that row. */
export const REPLACE_NEWEST = defineScript(
  'transcript-replace-newest',
  `
if redis.call('LINDEX', KEYS[1], -1) ~= ARGV[1] then return 0 end
redis.call('LSET', KEYS[1], -1, ARGV[2])
return 1
`,
);

/**
 * KEYS thread hash, conversations, orphans; ARGV thread id, conversation known so far or '', new conversation →
 * the one that counts from now on. Of two that race the later loses; with a cleared thread
 * the conversation is marked for deletion at once.
 */
export const SET_CONVERSATION = defineScript(
  'set-conversation',
  `
local current = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if current ~= ARGV[2] and current ~= ARGV[3] then return current end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SADD', KEYS[3], ARGV[3])
else redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) end
return ARGV[3]
`,
);

/** KEYS list, thread hash; ARGV rows, each removed once, and with them what was made of them → how many were there. */
export const REMOVE_ROWS = defineScript(
  'transcript-remove-rows',
  `
local removed = 0
for _, row in ipairs(ARGV) do removed = removed + redis.call('LREM', KEYS[1], 1, row) end
if removed > 0 and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HDEL', KEYS[2], 'summary')
  redis.call('HINCRBY', KEYS[2], 'erased', 1)
end
return removed
`,
);
