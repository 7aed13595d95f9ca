// Feedback and its sums change in one step, so that the mean never drifts from what it is the mean of.
import { defineScript } from '#redis';

/**
 * All of it lies below `base`, in one slot: `run:<run>` hash user → `<score> <source> <comment>`; `window` zset `<run> <user>` → ms;
 * `sums` hash `<source>:n`, `<source>:sum`; `of:<user>` set of runs.
 */
const SHARED_LUA = `
local base, seconds = ARGV[1], tonumber(ARGV[2])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function add(source, n, score)
  redis.call('HINCRBY', base .. 'sums', source .. ':n', n)
  redis.call('HINCRBY', base .. 'sums', source .. ':sum', score)
end
local function take_out(run, user)
  local entry = redis.call('HGET', base .. 'run:' .. run, user)
  redis.call('ZREM', base .. 'window', run .. ' ' .. user)
  if not entry then return 0 end
  local score, source = string.match(entry, '^(%d) (%l+)')
  add(source, -1, -tonumber(score))
  redis.call('HDEL', base .. 'run:' .. run, user)
  return 1
end
-- A bounded piece in each call; there are more calls than entries.
local old = redis.call('ZRANGEBYSCORE', base .. 'window', '-inf', now - seconds * 1000, 'LIMIT', 0, 500)
for _, member in ipairs(old) do
  local run, user = string.match(member, '^(%S+) (%S+)$')
  take_out(run, user)
end
`;

/** ARGV base, seconds, run, user, score, source, comment → 1 when it takes the place of an earlier one. */
export const GIVE_FEEDBACK = defineScript(
  'give-feedback',
  SHARED_LUA,
  `
local run, user, score, source = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local replaced = take_out(run, user)
add(source, 1, tonumber(score))
redis.call('HSET', base .. 'run:' .. run, user, score .. ' ' .. source .. ' ' .. ARGV[7])
redis.call('ZADD', base .. 'window', now, run .. ' ' .. user)
redis.call('SADD', base .. 'of:' .. user, run)
redis.call('EXPIRE', base .. 'of:' .. user, seconds)
return replaced
`,
);

/** ARGV base, seconds → names and numbers of \`sums\`. */
export const SUM_FEEDBACK = defineScript(
  'sum-feedback',
  SHARED_LUA,
  `return redis.call('HGETALL', base .. 'sums')`,
);

/** ARGV base, seconds, user → how many were removed. */
export const ERASE_FEEDBACK = defineScript(
  'erase-feedback',
  SHARED_LUA,
  `
local removed = 0
for _, run in ipairs(redis.call('SMEMBERS', base .. 'of:' .. ARGV[3])) do
  removed = removed + take_out(run, ARGV[3])
end
redis.call('DEL', base .. 'of:' .. ARGV[3])
return removed
`,
);

/** ARGV base, seconds, run → how many were removed. */
export const ERASE_FEEDBACK_ON = defineScript(
  'erase-feedback-on',
  SHARED_LUA,
  `
local removed = 0
for _, user in ipairs(redis.call('HKEYS', base .. 'run:' .. ARGV[3])) do
  removed = removed + take_out(ARGV[3], user)
  redis.call('SREM', base .. 'of:' .. user, ARGV[3])
end
return removed
`,
);
