// What the scripts of usage and limits share. All keys begin with KEYS[1]; the clock is Redis', days and months are UTC.

export const SHARED_LUA = `
local base = KEYS[1]
local function text(n) return string.format('%.0f', n) end
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
-- The civil date of a moment (Howard Hinnant, "chrono-compatible low-level date algorithms").
local function date(ms)
  local z = math.floor(ms / 86400000) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local d = doy - math.floor((153 * mp + 2) / 5) + 1
  local m = mp < 10 and mp + 3 or mp - 9
  local y = yoe + era * 400 + (m <= 2 and 1 or 0)
  local month = string.format('%04d-%02d', y, m)
  return month .. string.format('-%02d', d), month
end
local function hash(key)
  local flat, of = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do of[flat[i]] = flat[i + 1] end
  return of
end
local function scopes_of(tenant, ukey)
  local scopes = {'s', 't:' .. tenant}
  if ukey ~= '' then scopes[3] = 'u:' .. ukey end
  return scopes
end
local DAY_KEPT, MONTH_KEPT = 3 * 86400, 40 * 86400
-- Adds to what a scope has used and holds. Costs are billionths of a dollar.
local function book(scope, day, month, used, held, cost, held_cost)
  local function add(key, kept, tokens)
    local first = false
    local function by(field, n)
      if n ~= 0 and redis.call('HINCRBY', key, field, text(n)) == n then first = true end
    end
    if tokens then
      by('used', used)
      by('held', held)
    end
    by('cost', cost)
    by('held_cost', held_cost)
    if first then redis.call('EXPIRE', key, kept) end
  end
  add(base .. 'd:' .. day .. ':' .. scope, DAY_KEPT, true)
  add(base .. 'm:' .. month .. ':' .. scope, MONTH_KEPT, false)
end
local function unslot(member, tenant, ukey)
  for _, scope in ipairs(scopes_of(tenant, ukey)) do
    redis.call('ZREM', base .. 'w:' .. scope, member)
    redis.call('DEL', base .. 'w:' .. scope .. ':full')
  end
end
-- A reservation leaves what it holds, in exchange for what was used; its start stays in the windows.
local function unhold(id, r, used, cost)
  for _, scope in ipairs(scopes_of(r.tenant, r.ukey)) do
    local tokens, money = r.input + r.output, tonumber(r.cost) or 0
    -- A firm one was counted as used from the beginning.
    if r.firm == '1' then book(scope, r.day, r.month, used - tokens, 0, cost - money, 0)
    else book(scope, r.day, r.month, used, -tokens, cost, -money) end
  end
  redis.call('DEL', base .. 'r:' .. id)
  redis.call('ZREM', base .. 'open', id)
end
`;
