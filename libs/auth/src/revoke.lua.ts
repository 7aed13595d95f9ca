// The script that takes a token out of use.
import { defineScript } from '#redis';

/** KEYS revoked zset, counter; ARGV token id, until ms. What nobody would accept anyway is forgotten. */
export const REVOKE = defineScript(
  'revoke-token',
  `
local t = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t[1] * 1000)
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('INCR', KEYS[2])
return redis.call('ZCARD', KEYS[1])
`,
);
