// RESERVE: holds the tokens and the money of one call and gives it its start, in one step over all replicas. Sent twice it
// answers twice the same: the call's id finds what it already has.
import { defineScript } from '#redis';
import { SHARED_LUA } from './shared.lua.js';
import { WINDOW_LUA } from './window.lua.js';

/**
 * ARGV: id, tenant, user, user's key or '', model, input tokens, wanted output tokens, fewest output tokens that are worth it,
 * billionths of a dollar per input and per output token or '' (unknown), ms until it is given up, width of the window, grace, then for
 * service, tenant, user: starts per window, tokens a day, dollar-billionths a day, a month (0 = no limit); 1 = firm: it counts as used.
 *
 * Answers `{'ok', output tokens, slot, n, held cost}`, `{'wait', ms, 'slot' | 'held'}`, `{'refused', code, 'day' | 'month', now}`.
 */
export const RESERVE = defineScript(
  'usage-reserve',
  SHARED_LUA,
  WINDOW_LUA,
  `
local id, tenant, user, ukey, model = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local input, want, least = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local per_input, per_output = tonumber(ARGV[9]) or 0, tonumber(ARGV[10]) or 0
local ttl, width, grace = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local now = now_ms()
local day, month = date(now)
local scopes, numbers = scopes_of(tenant, ukey), {}
local function limit(i, what) return tonumber(ARGV[13 + (i - 1) * 4 + what]) end
for i = 1, #scopes do numbers[i] = limit(i, 1) end
local key = base .. 'r:' .. id

-- A promised start that nobody came for is free again.
local function forget(late)
  local r = hash(base .. 'r:' .. late)
  redis.call('ZREM', base .. 'waiting', late)
  if r.state ~= 'waiting' then return end
  unslot(late .. ' ' .. r.slot, r.tenant, r.ukey)
  redis.call('DEL', base .. 'r:' .. late)
end
for _, late in ipairs(redis.call('ZRANGEBYSCORE', base .. 'waiting', '-inf', '(' .. text(now - grace), 'LIMIT', 0, 20)) do
  forget(late)
end

local r = hash(key)
if r.state == 'waiting' and tonumber(r.slot) < now - grace then forget(id) r = {} end
local slot = tonumber(r.slot)
if slot and slot > now then return {'wait', slot - now, 'slot'} end
local mine = slot and now - slot <= grace
local open = r.state == 'open'
if open and mine then
  redis.call('ZADD', base .. 'open', text(now + ttl), id)
  return {'ok', r.output, r.slot, r.n, r.cost}
end

local room = want
if not open then
  local refused, period, held = nil, nil, false
  local function check(most, used, holds, price, code, of)
    if most <= 0 or refused then return end
    local left = most - used - input * price.input
    if left <= 0 or left < least * price.output then refused, period = code, of return end
    left = left - holds
    if left <= 0 or left < least * price.output then held = true return end
    if price.output > 0 then room = math.min(room, math.floor(left / price.output)) end
  end
  local token, money = {input = 1, output = 1}, {input = per_input, output = per_output}
  for i, scope in ipairs(scopes) do
    local d = hash(base .. 'd:' .. day .. ':' .. scope)
    check(limit(i, 2), tonumber(d.used or 0), tonumber(d.held or 0), token, 'token_limit_reached', 'day')
    check(limit(i, 3), tonumber(d.cost or 0), tonumber(d.held_cost or 0), money, 'budget_exhausted', 'day')
    if limit(i, 4) > 0 then
      local m = hash(base .. 'm:' .. month .. ':' .. scope)
      check(limit(i, 4), tonumber(m.cost or 0), tonumber(m.held_cost or 0), money, 'budget_exhausted', 'month')
    end
  end
  if refused then
    if r.state == 'waiting' then forget(id) end
    return {'refused', refused, period, now}
  end
  -- Only what others hold and may give back stands in the way.
  if held then
    if r.state == 'waiting' then forget(id) end
    return {'wait', 0, 'held'}
  end
end

if not mine then
  slot = fit_all(scopes, numbers, width, now)
  take(scopes, numbers, id .. ' ' .. text(slot), slot, width, now)
  if slot > now then
    if open then
      redis.call('HSET', key, 'slot', text(slot))
      redis.call('ZADD', base .. 'open', text(slot + ttl), id)
    else
      redis.call('HSET', key, 'state', 'waiting', 'tenant', tenant, 'ukey', ukey, 'slot', text(slot))
      redis.call('PEXPIRE', key, text(slot - now + width))
      redis.call('ZADD', base .. 'waiting', text(slot), id)
    end
    return {'wait', slot - now, 'slot'}
  end
end
redis.call('ZADD', base .. 'open', text(now + ttl), id)
if open then
  redis.call('HSET', key, 'slot', text(slot))
  return {'ok', r.output, text(slot), r.n, r.cost}
end
local cost = ''
if ARGV[9] ~= '' then cost = text(math.ceil(input * per_input + room * per_output)) end
-- Later than whatever of this id was settled before.
local last = redis.call('GET', base .. 'seen:id:' .. id)
local n = text(math.max(now, last and tonumber(last:match('^%d+')) + 1 or 0))
redis.call('ZREM', base .. 'waiting', id)
redis.call('HSET', key, 'state', 'open', 'tenant', tenant, 'user', user, 'ukey', ukey, 'model', model,
  'input', text(input), 'output', text(room), 'cost', cost, 'day', day, 'month', month, 'slot', text(slot), 'n', n, 'firm', ARGV[26])
redis.call('PERSIST', key)
for _, scope in ipairs(scopes) do
  if ARGV[26] == '1' then book(scope, day, month, input + room, 0, tonumber(cost) or 0, 0)
  else book(scope, day, month, 0, input + room, 0, tonumber(cost) or 0) end
end
return {'ok', text(room), text(slot), n, cost}
`,
);
