// The default assistant's scripts. The documented key `{prefix}assistant_id` names it and has no expiry; its
// record is a hash of its own: version and the JSON of what was configured.
import { defineScript } from '#redis';

const RECORD_LUA = `
local function record_of(base, id)
  if not id or not string.find(id, '^asst_%w+$') then return false end
  local f = redis.call('HMGET', base .. id, 'version', 'settings')
  if not f[1] or not f[2] then return false end
  return {id, f[1], f[2]}
end
local function create(base, key, id, settings)
  redis.call('HSET', base .. id, 'version', 1, 'settings', settings, 'created', redis.call('TIME')[1])
  redis.call('SET', key, id)
  return {id, '1', settings}
end
`;

/**
 * KEYS documented key; ARGV base, new id, settings, update ('1' = bring the record up to these settings) →
 * id, version, settings.
 */
export const CURRENT_ASSISTANT = defineScript(
  'current-assistant',
  RECORD_LUA,
  `
local base, settings = ARGV[1], ARGV[3]
local found = record_of(base, redis.call('GET', KEYS[1]))
if not found then return create(base, KEYS[1], ARGV[2], settings) end
if ARGV[4] == '1' and found[3] ~= settings then
  local version = redis.call('HINCRBY', base .. found[1], 'version', 1)
  redis.call('HSET', base .. found[1], 'settings', settings)
  return {found[1], tostring(version), settings}
end
return found
`,
);

/** KEYS documented key; ARGV base, new id, settings → the new assistant, now the current one. */
export const CREATE_ASSISTANT = defineScript(
  'create-assistant',
  RECORD_LUA,
  `return create(ARGV[1], KEYS[1], ARGV[2], ARGV[3])`,
);

/** ARGV base, id → as CURRENT_ASSISTANT, or nothing. KEYS documented key, so that both live in one place. */
export const READ_ASSISTANT = defineScript(
  'read-assistant',
  RECORD_LUA,
  `return record_of(ARGV[1], ARGV[2])`,
);

/** KEYS documented key; ARGV base, id → 1 when it existed. The documented key goes with it if it names it. */
export const DELETE_ASSISTANT = defineScript(
  'delete-assistant',
  RECORD_LUA,
  `
if not record_of(ARGV[1], ARGV[2]) then return 0 end
redis.call('DEL', ARGV[1] .. ARGV[2])
if redis.call('GET', KEYS[1]) == ARGV[2] then redis.call('DEL', KEYS[1]) end
return 1
`,
);
