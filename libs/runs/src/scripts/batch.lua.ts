import { defineScript } from '#redis';

/** How long an answer is kept once its run has taken it up: longer than any run then needs to its end. */
const TAKEN_MS = 3_600_000;

/**
 * Requests that go by batches, in one slot for all shards: `base` = `Keys.batches`. A request is `waiting`, then `sent`
 * with a batch; `answered` or `failed` by it; or `direct`: it is asked for as any other, whatever its batch still says.
 */
const BATCH_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local base = ARGV[1]
local due = base .. 'due'
local function request_of(rid) return base .. 'r:' .. rid end
local function waiting_of(model) return base .. 'w:' .. model end
local function batch_of(name) return base .. 'b:' .. name end
local function runs_of(name) return base .. 'b:' .. name .. ':runs' end
`;

/**
 * A request starts to wait. One that is known already stays what it is.
 * KEYS due; ARGV base, run id, channel key, model, line, bytes, gone at (ms), digest of the line → its state
 */
export const BATCH_ENLIST = defineScript(
  'batch_enlist',
  BATCH_LUA,
  `
local rid, model = ARGV[2], ARGV[4]
local known = redis.call('HGET', request_of(rid), 'state')
if known then return known end
redis.call('HSET', request_of(rid), 'state', 'waiting', 'chk', ARGV[3], 'model', model, 'line', ARGV[5], 'bytes', ARGV[6],
  'digest', ARGV[8])
redis.call('PEXPIREAT', request_of(rid), ARGV[7])
redis.call('ZADD', waiting_of(model), now, rid)
redis.call('SADD', base .. 'models', model)
return 'waiting'
`,
);

/**
 * What an attempt has to do: wait, take the answer, or ask by itself. From 'direct' there is no way back, so that what a
 * batch brings later cannot become a second answer.
 * KEYS due; ARGV base, run id, 1 when there is no time left to wait → `{state, outcome?, digest?}`, `{'direct', what it was before}`;
 * `none` for an unknown request
 */
export const BATCH_ASK = defineScript(
  'batch_ask',
  BATCH_LUA,
  `
local rid = ARGV[2]
local req = request_of(rid)
local known = redis.call('HMGET', req, 'state', 'outcome', 'model', 'batch', 'digest', 'was')
local state = known[1]
if not state then return {'none'} end
if state == 'answered' then
  redis.call('HDEL', due, rid)
  redis.call('PEXPIRE', req, ${TAKEN_MS})
  return {state, known[2], known[5]}
end
if state == 'waiting' or state == 'sent' then
  if ARGV[3] ~= '1' then return {'waiting'} end
  if state == 'waiting' then
    redis.call('ZREM', waiting_of(known[3]), rid)
  else
    redis.call('HINCRBY', batch_of(known[4]), 'wanted', -1)
  end
end
if state ~= 'direct' then
  redis.call('HDEL', due, rid)
  redis.call('HSET', req, 'state', 'direct', 'was', state)
  redis.call('HDEL', req, 'line', 'outcome')
  return {'direct', state}
end
return {'direct', known[6] or ''}
`,
);

/** KEYS due; ARGV base → per model that somebody waits for: name, how many, for how long the first has waited (ms) */
export const BATCH_WAITING = defineScript(
  'batch_waiting',
  BATCH_LUA,
  `
local out = {}
for _, model in ipairs(redis.call('SMEMBERS', base .. 'models')) do
  local first = redis.call('ZRANGE', waiting_of(model), 0, 0, 'WITHSCORES')
  if first[1] then
    for _, value in ipairs({model, redis.call('ZCARD', waiting_of(model)), now - tonumber(first[2])}) do
      out[#out + 1] = value
    end
  else
    redis.call('SREM', base .. 'models', model)
  end
end
return out
`,
);

/**
 * Moves those that wait longest into a batch, as far as it has room; called again until nothing more comes.
 * KEYS due; ARGV base, model, batch, most requests, most bytes, how many in this call → how many were looked at, 0 when full
 */
export const BATCH_GATHER = defineScript(
  'batch_gather',
  BATCH_LUA,
  `
local model, name = ARGV[2], ARGV[3]
local held = redis.call('HMGET', batch_of(name), 'count', 'bytes')
local count, bytes = tonumber(held[1] or '0'), tonumber(held[2] or '0')
local seen = 0
for _, rid in ipairs(redis.call('ZRANGE', waiting_of(model), 0, tonumber(ARGV[6]) - 1)) do
  local size = tonumber(redis.call('HGET', request_of(rid), 'bytes') or '0')
  if size > 0 then
    if count >= tonumber(ARGV[4]) or (count > 0 and bytes + size > tonumber(ARGV[5])) then break end
    count, bytes = count + 1, bytes + size
    redis.call('HSET', request_of(rid), 'state', 'sent', 'batch', name)
    redis.call('SADD', runs_of(name), rid)
  end
  redis.call('ZREM', waiting_of(model), rid)
  seen = seen + 1
end
if count > 0 then
  redis.call('HSET', batch_of(name), 'count', count, 'bytes', bytes, 'wanted', count, 'model', model)
  if redis.call('HSETNX', batch_of(name), 'state', 'forming') == 1 then
    redis.call('HSET', batch_of(name), 'created', now)
    redis.call('SADD', base .. 'all', name)
  end
end
return seen
`,
);

/**
 * Notes how far a batch has come, unless another process has done so.
 * KEYS due; ARGV base, batch, state that must be found, then fields and values → 1 when it was
 */
export const BATCH_NOTE = defineScript(
  'batch_note',
  BATCH_LUA,
  `
if redis.call('HGET', batch_of(ARGV[2]), 'state') ~= ARGV[3] then return 0 end
redis.call('HSET', batch_of(ARGV[2]), unpack(ARGV, 4))
return 1
`,
);

/**
 * Results of a batch, each once: membership in the batch is what a result is given for.
 * KEYS due; ARGV base, batch, then per result: run id, 'answered' | 'failed' | 'ended', outcome
 * → per result: the channel key of a run that waits for it; '!' and the key, if known, when it waits no more; '' when it is not of this batch (any more)
 */
export const BATCH_SETTLE = defineScript(
  'batch_settle',
  BATCH_LUA,
  `
local out = {}
for i = 3, #ARGV, 3 do
  local rid, state = ARGV[i], ARGV[i + 1]
  local req = request_of(rid)
  if redis.call('SREM', runs_of(ARGV[2]), rid) == 0 then
    out[#out + 1] = ''
  else
    local known = redis.call('HMGET', req, 'state', 'chk')
    out[#out + 1] = '!' .. (known[2] or '')
    if known[1] == 'sent' then redis.call('HINCRBY', batch_of(ARGV[2]), 'wanted', -1) end
    if state == 'ended' then
      redis.call('DEL', req)
    elseif known[1] == 'sent' then
      redis.call('HSET', req, 'state', state, 'outcome', ARGV[i + 2])
      redis.call('HDEL', req, 'line')
      redis.call('HSET', due, rid, known[2])
      out[#out] = known[2]
    end
  end
end
return out
`,
);

/** A batch that has nothing left to tell. KEYS due; ARGV base, batch */
export const BATCH_CLOSE = defineScript(
  'batch_close',
  BATCH_LUA,
  `
redis.call('DEL', batch_of(ARGV[2]), runs_of(ARGV[2]))
redis.call('SREM', base .. 'all', ARGV[2])
return 1
`,
);
