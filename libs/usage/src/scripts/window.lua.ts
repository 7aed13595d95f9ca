// The sliding window: of any `width` milliseconds none may hold more than `n` starts, those that are promised for later included.

export const WINDOW_LUA = `
-- The earliest moment from \`at\` on at which one more start fits.
local function fit(key, n, at, width, now)
  local full = tonumber(redis.call('GET', key .. ':full') or '0')
  -- Nothing is free before \`full\`; what is found from there on moves it, so that a long queue is not walked each time.
  local dense = at <= math.max(now, full)
  if dense then at = math.max(at, full) end
  while redis.call('ZCOUNT', key, '(' .. text(at - width), '(' .. text(at + width)) >= n do
    local next = at
    if redis.call('ZCOUNT', key, '(' .. text(at), '+inf') == 0 then
      next = redis.call('ZRANGE', key, -n, -n, 'WITHSCORES')[2] + width
    else
      local near = redis.call('ZRANGEBYSCORE', key, '(' .. text(at - width), '(' .. text(at + width), 'WITHSCORES')
      -- Each n starts that would be n + 1 within the width: one has to wait until the first of them is out of sight.
      for i = 2, #near - 2 * (n - 1), 2 do
        local first, last = tonumber(near[i]), tonumber(near[i + 2 * (n - 1)])
        if math.max(last, at) - math.min(first, at) < width then next = math.max(next, first + width) end
      end
    end
    if next <= at then break end
    at = next
  end
  if dense and at > now then redis.call('SET', key .. ':full', text(at), 'PX', text(at - now + 1)) end
  return at
end
-- The earliest moment that suits all scopes.
local function fit_all(scopes, numbers, width, now)
  local at, before = now, -1
  while at ~= before do
    before = at
    for i, scope in ipairs(scopes) do
      if numbers[i] > 0 then at = fit(base .. 'w:' .. scope, numbers[i], at, width, now) end
    end
  end
  return at
end
local function take(scopes, numbers, member, at, width, now)
  for i, scope in ipairs(scopes) do
    if numbers[i] > 0 then
      local key = base .. 'w:' .. scope
      redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - width))
      redis.call('ZADD', key, text(at), member)
      redis.call('PEXPIRE', key, text(math.max(at - now + width + 1000, redis.call('PTTL', key))))
    end
  end
end
`;
