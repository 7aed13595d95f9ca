// The generation of the data: raised whenever a Redis answers that is not the one seen last (restart,
// failover, empty start). It is a part of every epoch and lease token, so that nothing issued before a
// possible loss of data is mistaken for something issued after it.
import { defineScript } from './script.js';

/** KEYS seen, generation, shard count; ARGV run_id, shard count → generation, or an error on another shard count. */
export const BOOT = defineScript(
  'boot',
  `
local shards = redis.call('GET', KEYS[3])
if shards and shards ~= ARGV[2] then return redis.error_reply('SHARDS ' .. shards) end
if not shards then redis.call('SET', KEYS[3], ARGV[2]) end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1])
  return redis.call('INCR', KEYS[2])
end
return tonumber(redis.call('GET', KEYS[2]))
`,
);
