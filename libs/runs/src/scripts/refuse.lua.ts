import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/**
 * A message that never became a run gets its refusal by the way on which ends leave; the same delivery again gets none.
 *
 * KEYS counters, mark of the delivery; ARGV base, gen, reply address, refusal as JSON, seconds to keep the mark
 * → 1 when it was noted, 0 when it had been
 */
export const REFUSE = defineScript(
  'refuse',
  SHARED_LUA,
  `
if not redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[5]) then return 0 end
leave(ARGV[3], ',"refusal":' .. ARGV[4])
return 1
`,
);
