// The command line of the load.
import { parseArgs } from 'node:util';

export interface LoadArguments {
  /** Requests in flight. */
  concurrent: number;
  requests: number;
  message: string;
  brokers: string[];
  /** Starts per second at most; 0 = as `concurrent` lets them. */
  rate: number;
  /** Over so many users the requests are spread. */
  users: number;
  /** Without an answer for so long a request counts as missing. */
  timeoutMs: number;
  send: string;
  response: string;
  json: boolean;
}

export const USAGE = `npm run load -- [--concurrent 10] [--requests 1000] [options]
  --concurrent  requests in flight (10)
  --requests    requests in all (1000)
  --message     what is asked ("Hello")
  --rate        starts per second at most (0: as fast as answers come)
  --users       how many users ask (10)
  --timeout     seconds after which a request without an answer is missing (60)
  --brokers     host:port list; without it those of the running system, and if none runs one is started for this
  --send, --response  the topics (gpt-send, gpt-response)
  --json        the report as JSON on standard output
Ends with 1 when a request has no answer, or two.`;

const MOST = 1_000_000;

/** @param known brokers of the running system @throws Error that says which argument is wrong */
export function readArguments(argv: readonly string[], known = ''): LoadArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      concurrent: { type: 'string', default: '10' },
      requests: { type: 'string', default: '1000' },
      message: { type: 'string', default: 'Hello' },
      rate: { type: 'string', default: '0' },
      users: { type: 'string', default: '10' },
      timeout: { type: 'string', default: '60' },
      brokers: { type: 'string', default: known },
      send: { type: 'string', default: 'gpt-send' },
      response: { type: 'string', default: 'gpt-response' },
      json: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'concurrent' | 'requests' | 'rate' | 'users' | 'timeout', least: number): number => {
    const value = values[name];
    if (!/^\d{1,7}$/.test(value) || Number(value) < least || Number(value) > MOST)
      throw new Error(`--${name} must be a whole number from ${least} to ${MOST}`);
    return Number(value);
  };
  const brokers = values.brokers.split(',').filter(Boolean);
  if (brokers.length === 0 || brokers.some((broker) => !/^[^\s:]+:\d{1,5}$/.test(broker)))
    throw new Error('--brokers must be a list of host:port');
  if (values.message.trim() === '') throw new Error('--message must not be blank');
  const { message, send, response, json } = values;
  return {
    concurrent: whole('concurrent', 1),
    requests: whole('requests', 1),
    rate: whole('rate', 0),
    users: whole('users', 1),
    timeoutMs: whole('timeout', 1) * 1_000,
    message,
    brokers,
    send,
    response,
    json,
  };
}
