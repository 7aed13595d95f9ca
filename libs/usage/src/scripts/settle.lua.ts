// SETTLE and RELEASE: the end of a reservation. SETTLE also writes the ledger's row and the sums, all of it once however often
// it is sent; a call is known by the provider's ids, and by its own id where the provider gave none.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';

/** The numbers of a sum, in the order in which they are stored. `cost` is billionths of a dollar. */
export const COUNTS = [
  'requests',
  'completed',
  'failed',
  'cancelled',
  'unknown',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost',
  'unpriced',
  'estimated',
] as const;

export const DIMENSIONS = ['all', 'user', 'model', 'assistant', 'kind'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Stands for all tenants together; no tenant can be called so. */
export const EVERYBODY = '*';

/** Arguments of {@link SETTLE} for one call. */
export const SETTLE_WIDTH = 25;

/**
 * ARGV, for each call: id, tenant, user, user's key, model, assistant, outcome, source, kind, at (ms, '' = now), 1 with usage, input, output,
 * cached, reasoning tokens, cost ('' = unknown), provider's request id, response id (digests, '' = none), the ids as they are for the row (2), 1 =
 * counts against the limits though not reserved here, seconds that sums, rows and what was seen are kept, 1 = only if it was given up.
 *
 * Answers for each `{1 = now or 0 = before, cost or '', input, output, 1 = estimated, ms of Redis}`. Calls that are told together share the writing
 * of the sums, which is most of the work.
 */
export const SETTLE = defineScript(
  'usage-settle',
  SHARED_LUA,
  `
local now = now_ms()
local this_day, this_month = date(now)

-- What the calls add to each sum, written at the end.
local keys, waiting = {}, {}
local function add_to(key, field, add, kept, first)
  local fields = waiting[key]
  if not fields then
    fields = {kept = kept, first = first, names = {}, sums = {}}
    waiting[key] = fields
    keys[#keys + 1] = key
  end
  local sum = fields.sums[field]
  if not sum then
    fields.names[#fields.names + 1] = field
    fields.sums[field] = {unpack(add)}
    return
  end
  for j = 1, #add do sum[j] = sum[j] + add[j] end
end
local function write_sums()
  for _, key in ipairs(keys) do
    local fields = waiting[key]
    local known = redis.call('HMGET', key, unpack(fields.names))
    local write, new = {}, false
    for i, name in ipairs(fields.names) do
      local sum, j = fields.sums[name], 0
      if not known[i] then new = true end
      for v in (known[i] or ''):gmatch('%d+') do
        j = j + 1
        sum[j] = sum[j] + tonumber(v)
      end
      for k = 1, #sum do sum[k] = text(sum[k]) end
      write[#write + 1] = name
      write[#write + 1] = table.concat(sum, ' ')
    end
    redis.call('HSET', key, unpack(write))
    if new then
      redis.call('EXPIRE', key, fields.kept)
      if fields.first then fields.first(fields.kept) end
    end
  end
end

local function settle(at)
  local function arg(i) return ARGV[at + i] end
  local id, tenant, user, ukey, model, assistant = arg(1), arg(2), arg(3), arg(4), arg(5), arg(6)
  local outcome, source, kind = arg(7), arg(8), arg(9)
  local input, output, cached, reasoning = tonumber(arg(12)), tonumber(arg(13)), tonumber(arg(14)), tonumber(arg(15))
  local cost = arg(16)
  local sum_kept, row_kept, seen_kept = tonumber(arg(22)), tonumber(arg(23)), tonumber(arg(24))
  local swept = arg(25) == '1'
  local r = hash(base .. 'r:' .. id)
  local open = r.state == 'open'
  if swept then
    if not open or tonumber(redis.call('ZSCORE', base .. 'open', id) or 0) > now then return {0, '', 0, 0, 0, now} end
    tenant, user, ukey, model = r.tenant, r.user, r.ukey, r.model
  end

  local earlier
  local marks = {}
  for i, name in ipairs({'request', 'response'}) do
    if arg(16 + i) ~= '' then marks[#marks + 1] = base .. 'seen:' .. name .. ':' .. arg(16 + i) end
  end
  for _, mark in ipairs(marks) do earlier = earlier or redis.call('GET', mark) end
  local last = redis.call('GET', base .. 'seen:id:' .. id)
  if last and not earlier then
    local n, given_up, before = last:match('^(%d+) (%d) (.*)$')
    -- What was given up is settled at its reserved size: who comes too late does not count it again.
    if given_up == '1' and not open then earlier = before end
    if #marks == 0 and tonumber(r.n or 0) <= tonumber(n) then earlier = before end
  end

  local estimated = 0
  if arg(11) ~= '1' then
    if outcome == 'failed' then cost = '0'
    elseif open then input, output, cost, estimated = tonumber(r.input), tonumber(r.output), r.cost, 1 end
  end
  if open then
    unhold(id, r, earlier and 0 or input + output, earlier and 0 or tonumber(cost) or 0)
  elseif not earlier and arg(21) == '1' then
    for _, scope in ipairs(scopes_of(tenant, ukey)) do
      book(scope, this_day, this_month, input + output, 0, tonumber(cost) or 0, 0)
    end
  end
  if earlier then return {0, earlier, input, output, estimated, now} end

  local ledger = base .. 'ledger:' .. tenant
  local row = redis.call('XADD', ledger, '*', 'id', id, 'at', arg(10) ~= '' and arg(10) or text(now), 'user', user, 'model', model,
    'assistant', assistant, 'outcome', outcome, 'source', source, 'kind', kind, 'input', text(input), 'output', text(output),
    'cached', text(cached), 'reasoning', text(reasoning), 'cost', cost, 'estimated', estimated,
    'request', arg(19), 'response', arg(20))
  redis.call('EXPIRE', ledger, row_kept)
  if user ~= '' then
    local rows = base .. 'rows:' .. ukey
    redis.call('ZADD', rows, text(now), row)
    redis.call('ZREMRANGEBYSCORE', rows, '-inf', text(now - row_kept * 1000))
    redis.call('EXPIRE', rows, row_kept)
    local top = base .. 'top:' .. this_day
    redis.call('ZINCRBY', top, 1, tenant .. ' ' .. user)
    redis.call('EXPIRE', top, 2 * 86400)
  end

  local function one(of) return outcome == of and 1 or 0 end
  local add = {1, one('completed'), one('failed'), one('cancelled'), one('unknown'), input, output, cached, reasoning,
    tonumber(cost) or 0, cost == '' and 1 or 0, estimated}
  local names = {user = user, model = model, assistant = assistant, kind = kind}
  local periods = base .. 'periods:' .. tenant
  for period, kept in pairs({[this_day] = sum_kept + 86400, [this_month] = sum_kept + 31 * 86400}) do
    local sums = base .. 'sum:' .. period .. ':'
    -- The first call of a period brings what finds and bounds its sums.
    add_to(sums .. tenant .. ':all', '', add, kept, function(kept)
      redis.call('ZADD', periods, text(now + kept * 1000), period)
      redis.call('ZREMRANGEBYSCORE', periods, '-inf', text(now))
      redis.call('EXPIRE', periods, sum_kept + 32 * 86400)
      redis.call('SADD', base .. 'tenants', tenant)
    end)
    for _, dimension in ipairs({'user', 'model', 'assistant', 'kind'}) do
      add_to(sums .. tenant .. ':' .. dimension, names[dimension], add, kept)
    end
    add_to(sums .. '${EVERYBODY}:all', '', add, kept)
  end

  for _, mark in ipairs(marks) do redis.call('SET', mark, cost, 'EX', seen_kept) end
  redis.call('SET', base .. 'seen:id:' .. id, (r.n or '0') .. ' ' .. (swept and 1 or 0) .. ' ' .. cost, 'EX', seen_kept)
  return {1, cost, input, output, estimated, now}
end

local answers = {}
for at = 0, #ARGV - 1, ${SETTLE_WIDTH} do answers[#answers + 1] = settle(at) end
write_sums()
return answers
`,
);

/** ARGV: id. Gives back all that a call holds which never went out, its start too. Answers 1 when there was something. */
export const RELEASE = defineScript(
  'usage-release',
  SHARED_LUA,
  `
local id = ARGV[1]
local r = hash(base .. 'r:' .. id)
if not r.state then return 0 end
unslot(id .. ' ' .. r.slot, r.tenant, r.ukey)
redis.call('ZREM', base .. 'waiting', id)
if r.state == 'open' then unhold(id, r, 0, 0) else redis.call('DEL', base .. 'r:' .. id) end
return 1
`,
);
