// A canary's scripts: a share of new runs gets a candidate version, and its failures may end that.
import { defineScript } from '#redis';
import { SHARED_LUA } from '../scripts/shared.lua.js';

/** Only the newest runs are judged, so that a long canary neither grows nor lives on its past. */
const WINDOW = 1_000;

/** ARGV base, tenant, id, version, share, least runs, greatest share of failures → record | 0 no such version | nothing */
export const SET_CANARY = defineScript(
  'set-canary',
  SHARED_LUA,
  `
local id, version = ARGV[3], ARGV[4]
if not known(id) then return false end
if redis.call('HEXISTS', versions_of(id), version) == 0 then return 0 end
end_canary(id)
redis.call('HDEL', base .. id, 'canary_ended')
redis.call('HSET', base .. id, 'canary', string.format(
  '{"version":%s,"share":%s,"min_runs":%s,"max_error_share":%s,"started_at":%d}',
  version, ARGV[5], ARGV[6], ARGV[7], now))
return describe(id)
`,
);

/** ARGV base, tenant, id → record, or nothing */
export const END_CANARY = defineScript(
  'end-canary',
  SHARED_LUA,
  `
if not known(ARGV[3]) then return false end
end_canary(ARGV[3])
return describe(ARGV[3])
`,
);

/**
 * ARGV base, tenant, id, version, run id, '1' = failed → 1 when that ended the canary. A run counts once.
 */
export const RECORD_RUN = defineScript(
  'record-canary-run',
  SHARED_LUA,
  `
local id, version = ARGV[3], tonumber(ARGV[4])
local json = redis.call('HGET', base .. id, 'canary')
if not json then return 0 end
local canary = cjson.decode(json)
if canary.version ~= version then return 0 end
local outcomes, order = base .. id .. ':canary', base .. id .. ':canary:runs'
if redis.call('HSETNX', outcomes, ARGV[5], ARGV[6]) == 0 then return 0 end
if redis.call('RPUSH', order, ARGV[5]) > ${WINDOW} then redis.call('HDEL', outcomes, redis.call('LPOP', order)) end
local runs, errors = 0, 0
for _, failed in ipairs(redis.call('HVALS', outcomes)) do
  runs = runs + 1
  if failed == '1' then errors = errors + 1 end
end
if runs < canary.min_runs or errors / runs <= canary.max_error_share then return 0 end
end_canary(id)
redis.call('HSET', base .. id, 'canary_ended', string.format(
  '{"version":%d,"reason":"%d of %d runs failed, more than a share of %s","runs":%d,"errors":%d,"ended_at":%d}',
  version, errors, runs, tostring(canary.max_error_share), runs, errors, now))
return 1
`,
);
