// How the end of a run is counted for its assistant, inside the script that ends it: exactly once, as the end itself.

/** An assistant that nobody asked for so long is forgotten here. */
const KEEP_SECONDS = 400 * 24 * 3_600;

/** What is counted beside the runs, in the order in which `count_usage` takes it. */
export const TOKEN_KINDS = ['input', 'output', 'cached', 'reasoning'] as const;

/**
 * `count_usage(base, run, state, tokens)`: `run` = the run's key, `tokens` = numbers of {@link TOKEN_KINDS} separated by
 * spaces, '' = none. Asks for the shard's `base`.
 */
export const COUNT_USAGE_LUA = `
local function count_usage(base, run, state, tokens)
  local r = redis.call('HMGET', run, 'tenant', 'assistant', 'assistant_version')
  -- A run that ended before it had an assistant counts for none.
  if not r[1] or not r[2] or not r[3] then return end
  local key, kinds, i = base .. 'u:' .. r[1] .. ':' .. r[2], {'${TOKEN_KINDS.join("','")}'}, 0
  redis.call('HINCRBY', key, r[3] .. ':' .. state, 1)
  for n in tokens:gmatch('%d+') do
    i = i + 1
    if n ~= '0' then redis.call('HINCRBY', key, r[3] .. ':' .. kinds[i], n) end
  end
  redis.call('EXPIRE', key, ${KEEP_SECONDS})
end
`;
