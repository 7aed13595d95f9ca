// What the scripts share. Redis' own clock is the only clock, and every script is safe to send twice.

/** Milliseconds by which one point of priority moves a channel forward among the ready ones. */
const PRIORITY_MS = 10_000;

/**
 * `now` in ms; `base` = the shard's key prefix (ARGV[1]), `gen` = generation of the data (ARGV[2]).
 * `make_ready` lines a channel up by the age and priority of its head run: waiting is worth as much as
 * priority, so nothing starves. `quiet`: somebody looks for it without being told.
 */
export const SHARED_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local base, gen = ARGV[1], ARGV[2]
local function meta_of(chk) return base .. 'c:' .. chk .. ':m' end
local function inbox_of(chk) return base .. 'c:' .. chk .. ':in' end
local function log_of(chk) return base .. 'c:' .. chk .. ':log' end
local function run_of(rid) return base .. 'r:' .. rid end
local function replies_of(rid) return run_of(rid) .. ':replies' end
local function deliveries_of(rid) return run_of(rid) .. ':deliveries' end
-- The mark that stays of an erased run: whoever knows what run ids are made of still needs the salt to look for one.
local function erased_of(salt, rid) return base .. 'erased:' .. redis.sha1hex(salt .. rid) end
local function owned_of(owner) return base .. 'o:' .. owner end
-- Whether what an owner's list names is still kept.
local function stands(member)
  local what = member:sub(3)
  return redis.call('EXISTS', member:sub(1, 2) == 'r:' and run_of(what) or meta_of(what)) == 1
end
local function owns(chk, tok) return redis.call('HGET', meta_of(chk), 'tok') == tok end
local function make_ready(chk, quiet)
  local head = redis.call('LINDEX', inbox_of(chk), 0)
  if not head then return end
  local run = redis.call('HMGET', run_of(head), 'created', 'prio')
  redis.call('ZADD', base .. 'ready', tonumber(run[1]) - tonumber(run[2]) * ${PRIORITY_MS}, chk)
  if not quiet then redis.call('PUBLISH', base .. 'wake', chk) end
end
local function disown(chk)
  redis.call('ZREM', base .. 'lease', chk)
  redis.call('HSET', meta_of(chk), 'tok', '-')
end
-- Notes what must leave for an address, which is '<kind> <JSON>': each way out has a stream of its own. Its ids come
-- from the clock: a counter would be given out again after a loss of data, and a way out that keeps count of what it
-- has sent would take the new entry for the old one. What seen_to names is looked at without being told.
local seen_to = nil
local function leave(address, members)
  local kind, reply = address:match('^(%w+) (.*)$')
  local outbox = base .. 'outbox:' .. kind
  redis.call('XADD', outbox, '*', 'e', '{"at":' .. now .. ',"reply":' .. reply .. members .. '}')
  if kind ~= seen_to then redis.call('PUBLISH', outbox .. ':hint', '') end
  return reply
end
local function send_end(rid, address, result)
  local channel = cjson.encode(redis.call('HGET', run_of(rid), 'channel'))
  return leave(address, ',"channel":' .. channel .. ',"end":' .. result)
end
-- What every end of a run has in common: its record shrinks to the result, what must leave is noted in the
-- same step, and the counters of unfinished work go down.
local function conclude(chk, rid, state, result, dead, keep_s)
  local run = run_of(rid)
  local bytes = tonumber(redis.call('HGET', run, 'bytes') or '0')
  redis.call('HSET', run, 'state', state, 'result', result, 'finished', now)
  redis.call('HDEL', run, 'body', 'req', 'resp_id', 'resp_at', 'until', 'rq', 'prio', 'bytes', 'burn', 'refused',
    'deaths', 'round', 'keep', 'worked', 'cancel')
  -- A batch may still bring what this user has to pay for.
  if redis.call('HEXISTS', run, 'batched') == 0 then redis.call('HDEL', run, 'usr') end
  redis.call('DEL', run .. ':j', run .. ':rounds')
  for _, key in ipairs({run, deliveries_of(rid)}) do redis.call('EXPIRE', key, keep_s) end
  redis.call('HINCRBY', base .. 'counters', 'open', -1)
  redis.call('HINCRBY', base .. 'counters', 'bytes', -bytes)
  local replies = {}
  for i, address in ipairs(redis.call('LRANGE', replies_of(rid), 0, -1)) do
    replies[i] = send_end(rid, address, result)
  end
  redis.call('DEL', replies_of(rid))
  if dead ~= '' then
    redis.call('XADD', base .. 'dead', redis.call('HINCRBY', base .. 'counters', 'dseq', 1) .. '-0',
      'e', dead, 'replies', '[' .. table.concat(replies, ',') .. ']')
  end
end
`;
