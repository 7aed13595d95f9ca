import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Keeps leases alive. A lease past its deadline that nobody has taken yet is kept too.
 * KEYS counters; ARGV base, gen, lease ms, then (chk, token, run id)… → per lease 0 lost, 1 kept, 2 kept and cancelled
 */
export const RENEW = defineScript(
  'renew',
  SHARED_LUA,
  `
local out = {}
for i = 4, #ARGV, 3 do
  local chk, tok, rid = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if owns(chk, tok) then
    redis.call('ZADD', base .. 'lease', now + tonumber(ARGV[3]), chk)
    out[#out + 1] = redis.call('HGET', run_of(rid), 'cancel') and 2 or 1
  else
    out[#out + 1] = 0
  end
end
return out
`,
);

/**
 * Gives a channel back with its head run unfinished: hand-over (delay 0), retry or a closed provider.
 * KEYS counters; ARGV base, gen, chk, token, run id, delay ms, burn 0|1, ms worked, refused 0|1 → 1, or 0 when the lease was lost
 */
export const RELEASE = defineScript(
  'release',
  SHARED_LUA,
  `
local chk, tok, rid, wait = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
if not owns(chk, tok) then return 0 end
disown(chk)
redis.call('HINCRBY', run_of(rid), 'burn', ARGV[7])
redis.call('HINCRBY', run_of(rid), 'worked', ARGV[8])
if ARGV[9] == '1' then redis.call('HINCRBY', run_of(rid), 'refused', 1) end
redis.call('HSET', run_of(rid), 'state', 'queued')
-- A cancel request that came while the attempt was letting go is heard by the next one: it must not wait.
local waits = wait > 0 and not redis.call('HGET', run_of(rid), 'cancel')
if waits then redis.call('ZADD', base .. 'delayed', now + wait, chk) else make_ready(chk) end
return 1
`,
);

/**
 * The retry doorbell: a channel that waits may go now. Does nothing for one that does not wait any more.
 * KEYS counters; ARGV base, gen, chk → 1 when it was waiting
 */
export const RING = defineScript(
  'ring',
  SHARED_LUA,
  `
local chk = ARGV[3]
local at = redis.call('ZSCORE', base .. 'delayed', chk)
-- A bell that rings early (clocks differ) must not cut a provider's Retry-After short.
if not at or tonumber(at) > now + 50 then return 0 end
redis.call('ZREM', base .. 'delayed', chk)
make_ready(chk)
return 1
`,
);

/**
 * What a waiting run has waited for is there: its channel may go now, however long it was to wait.
 * KEYS counters; ARGV base, gen, chk, run id → 1 rung, 0 when it does not wait just now, -1 when the run has ended
 */
export const HURRY = defineScript(
  'hurry',
  SHARED_LUA,
  `
local chk, rid = ARGV[3], ARGV[4]
local known = redis.call('HMGET', run_of(rid), 'state', 'result')
if not known[1] or known[2] then return -1 end
if redis.call('LINDEX', inbox_of(chk), 0) ~= rid then return 0 end
if redis.call('ZREM', base .. 'delayed', chk) == 0 then return 0 end
make_ready(chk)
return 1
`,
);
