import { EMIT_LUA } from '#event-log';
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * Ends a round of the model: what it said becomes part of the run, the text so far stands for good, and the
 * next round starts with a clean provider state.
 * KEYS counters; ARGV base, gen, chk, token, run id, round before, round after, length of the text so far, items… → 1, or 0 when lost
 */
export const ROUND = defineScript(
  'round',
  SHARED_LUA,
  `
local chk, tok, run = ARGV[3], ARGV[4], run_of(ARGV[5])
if not owns(chk, tok) then return 0 end
local round = redis.call('HGET', run, 'round')
if round == ARGV[7] then return 1 end
if round ~= ARGV[6] then return 0 end
if #ARGV > 8 then redis.call('RPUSH', run .. ':rounds', unpack(ARGV, 9)) end
redis.call('HSET', run, 'round', ARGV[7], 'keep', ARGV[8])
redis.call('HDEL', run, 'resp_id', 'resp_at')
return 1
`,
);

/**
 * Notes that a tool call starts, before it does. A call that is known already keeps its entry.
 * KEYS counters; ARGV base, gen, chk, token, run id, call id, entry, event → `{-1}` lost, `{0}` noted, `{1, entry}` known
 */
export const TOOL_START = defineScript(
  'tool_start',
  SHARED_LUA,
  EMIT_LUA,
  `
local chk, tok, rid = ARGV[3], ARGV[4], ARGV[5]
if not owns(chk, tok) then return {-1} end
local known = redis.call('HGET', run_of(rid) .. ':j', ARGV[6])
if known and known ~= ARGV[7] then return {1, known} end
if not known then
  redis.call('HSET', run_of(rid) .. ':j', ARGV[6], ARGV[7])
  publish(base, {(emit(base, chk, gen, ARGV[8]))})
end
return {0}
`,
);

/**
 * Notes the outcome of a tool call; from here on it is never made again.
 * KEYS counters; ARGV base, gen, chk, token, run id, call id, entry, event → 1, or 0 when the lease was lost
 */
export const TOOL_DONE = defineScript(
  'tool_done',
  SHARED_LUA,
  EMIT_LUA,
  `
local chk, tok, rid = ARGV[3], ARGV[4], ARGV[5]
if not owns(chk, tok) then return 0 end
if redis.call('HGET', run_of(rid) .. ':j', ARGV[6]) ~= ARGV[7] then
  redis.call('HSET', run_of(rid) .. ':j', ARGV[6], ARGV[7])
  publish(base, {(emit(base, chk, gen, ARGV[8]))})
end
return 1
`,
);
