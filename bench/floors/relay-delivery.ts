// The relay's second half: what is published goes to the channel's WebSocket. No cursor, no healing, no bounds.
import { Redis } from 'ioredis';
import { Door } from './door.js';

const redis = new Redis(process.env['REDIS_URL']!);
const prefix = process.env['PREFIX']!;
const door = new Door(
  (channel, message) => void redis.publish(`${prefix}go`, JSON.stringify({ channel, message })),
);

const subscriber = redis.duplicate();
await subscriber.subscribe(`${prefix}live`);
subscriber.on('message', (_, text) => {
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    const second = line.indexOf(' ', space + 1);
    door.push(line.slice(0, space), line.slice(space + 1, second), line.slice(second + 1));
  }
});
