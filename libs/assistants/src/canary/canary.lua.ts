// A canary's scripts: a share of new runs gets a candidate version, and its failures or its costs may end that.
import { defineScript } from '#redis';
import { SHARED_LUA } from '../scripts/shared.lua.js';

/** Only the newest runs are judged, so that a long canary neither grows nor lives on its past. */
const WINDOW = 1_000;

/** ARGV base, tenant, id, version, the canary as JSON without its start → record | 0 no such version | nothing */
export const SET_CANARY = defineScript(
  'set-canary',
  SHARED_LUA,
  `
local id, version = ARGV[3], ARGV[4]
if not known(id) then return false end
if redis.call('HEXISTS', versions_of(id), version) == 0 then return 0 end
end_canary(id)
redis.call('HDEL', base .. id, 'canary_ended')
redis.call('HSET', base .. id, 'canary', string.format('%s,"started_at":%d}', ARGV[5]:sub(1, -2), now))
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
 * ARGV base, tenant, id, version, run id, '1' = failed, its cost in US dollars ('' = not known), what the live version's runs
 * cost on average ('' = not known), that version → why that ended the canary, or nothing. A run counts once.
 */
export const RECORD_RUN = defineScript(
  'record-canary-run',
  SHARED_LUA,
  `
local id, version = ARGV[3], tonumber(ARGV[4])
local json = redis.call('HGET', base .. id, 'canary')
if not json then return false end
local canary = cjson.decode(json)
if canary.version ~= version then return false end
local outcomes, order = base .. id .. ':canary', base .. id .. ':canary:runs'
if redis.call('HSETNX', outcomes, ARGV[5], ARGV[6] .. ':' .. ARGV[7]) == 0 then return false end
if redis.call('RPUSH', order, ARGV[5]) > ${WINDOW} then redis.call('HDEL', outcomes, redis.call('LPOP', order)) end
local runs, errors, priced, cost = 0, 0, 0, 0
for _, outcome in ipairs(redis.call('HVALS', outcomes)) do
  runs = runs + 1
  if outcome:sub(1, 1) == '1' then errors = errors + 1 end
  local its = tonumber(outcome:sub(3))
  if its then priced, cost = priced + 1, cost + its end
end
local mean, least = priced > 0 and cost / priced, canary.min_runs
local function is_costly(most) return most and priced >= least and mean > most end
local live = tonumber(ARGV[8])
local reason
if runs >= least and errors / runs > canary.max_error_share then
  reason = string.format('%d of %d runs failed, more than a share of %s', errors, runs, tostring(canary.max_error_share))
elseif is_costly(canary.max_cost_usd) then
  reason = string.format('%d runs cost %.6g USD on average, more than %.6g', priced, mean, canary.max_cost_usd)
elseif live and is_costly(canary.max_cost_factor and canary.max_cost_factor * live) then
  reason = string.format('%d runs cost %.6g USD on average, more than %.6g times the %.6g of version %s',
    priced, mean, canary.max_cost_factor, live, ARGV[9])
end
if not reason then return false end
end_canary(id)
redis.call('HSET', base .. id, 'canary_ended', string.format(
  '{"version":%d,"reason":"%s","runs":%d,"errors":%d,%s"ended_at":%d}',
  version, reason, runs, errors, mean and string.format('"mean_cost_usd":%.9g,', mean) or '', now))
return reason
`,
);
