// The script that adds to the audit log. The hash is made outside, because Redis knows no SHA-256; so the script only takes an
// entry that continues what is there, and otherwise says what it must continue.
import { defineScript } from '#redis';

/**
 * KEYS stream, head; ARGV previous hash, n, text, seal, hash → [1] when it is written, also by an earlier sending of the
 * same; [0, n, hash] of the newest entry when it continues another one.
 */
export const AUDIT_APPEND = defineScript(
  'audit-append',
  `
local head = redis.call('HMGET', KEYS[2], 'n', 'hash')
local n, hash = tonumber(head[1] or '0'), head[2] or string.rep('0', 64)
local mine = tonumber(ARGV[2])
if n == mine - 1 and hash == ARGV[1] then
  redis.call('XADD', KEYS[1], mine .. '-0', 'entry', ARGV[3], 'seal', ARGV[4], 'hash', ARGV[5])
  redis.call('HSET', KEYS[2], 'n', mine, 'hash', ARGV[5])
  return {1}
end
if n >= mine then
  local there = redis.call('XRANGE', KEYS[1], mine .. '-0', mine .. '-0')
  if there[1] and there[1][2][6] == ARGV[5] then return {1} end
end
return {0, n, hash}
`,
);
