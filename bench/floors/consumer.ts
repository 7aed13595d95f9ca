// The floor of intake: takes a RabbitMQ queue empty. POLICY=ack only acknowledges; POLICY=store first runs one small
// script per message (deduplicate, line up, log), which Redis has on disk before the acknowledgement.
import { createServer } from 'node:http';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';

const { RABBITMQ_URL, QUEUE, REDIS_URL, POLICY } = process.env;
const prefix = process.env['PREFIX']!;

const STORE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', 604800) then
  redis.call('RPUSH', KEYS[2], ARGV[1])
  redis.call('XADD', KEYS[3], '*', 'e', ARGV[1])
end
return redis.call('INCR', KEYS[4])
`;

const redis = new Redis(REDIS_URL!, { enableAutoPipelining: true });
const sha = (await redis.script('LOAD', STORE)) as string;
const channel = await (await connect(RABBITMQ_URL!)).createChannel();
await channel.prefetch(200);
await channel.consume(QUEUE!, (message) => {
  const { channel: name, message_id } = JSON.parse(message!.content.toString()) as Record<string, string>;
  if (POLICY === 'ack') {
    channel.ack(message!);
    void redis.incr(`${prefix}count`);
    return;
  }
  const keys = [
    `${prefix}d:${name}:${message_id}`,
    `${prefix}in:${name}`,
    `${prefix}log:${name}`,
    `${prefix}count`,
  ];
  void redis
    .evalsha(sha, keys.length, ...keys, message!.content.toString())
    .then(() => channel.ack(message!));
});
createServer((_, response) => response.end()).listen(Number(process.env['PORT']), process.env['HOST']);
