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
    ...row('upstream', endpoints.upstream),
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

/** guest/guest on loopback is no secret; whatever else stands in a URL is not shown. */
function withoutPassword(url) {
  return url && url.replace(/\/\/(?!guest:guest@)[^@/]*@/, '//***@');
}
