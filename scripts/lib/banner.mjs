// What the terminal shows when the system is up.
import { relative } from 'node:path';
import { ROOT } from './paths.mjs';

export function banner(endpoints) {
  const row = (label, value) => (value ? [`  ${label.padEnd(18)}${value}`] : []);
  return [
    '',
    'Parley is up.',
    '',
    ...row('REST', endpoints.gateway),
    ...row('WebSocket', endpoints.websocket),
    ...row('SSE', endpoints.sse),
    ...row('Kafka worker', endpoints.gpt_worker),
    ...row('Redis', withoutPassword(endpoints.redis)),
    ...row('RabbitMQ', withoutPassword(endpoints.rabbitmq)),
    ...row('Kafka', endpoints.kafka),
    ...row('upstream', upstream(endpoints)),
    ...row('admin login', `in ${relative(ROOT, endpoints.admin_file)}`),
    ...row('logs', '.run/logs/'),
    '',
    ...(endpoints.assistant_stream
      ? [
          'See an answer stream (in a second terminal):',
          '  node scripts/parley.mjs --test-message demo "Hello, Parley"',
          '',
        ]
      : []),
  ].join('\n');
}

function upstream({ emulator, upstream: url }) {
  return emulator ? `the emulator at ${url} (no OPENAI_API_KEY is set)` : withoutPassword(url);
}

/** guest/guest on loopback is no secret; whatever else stands in a URL is not shown. */
function withoutPassword(url) {
  return url && url.replace(/\/\/(?!guest:guest@)[^@/]*@/, '//***@');
}
