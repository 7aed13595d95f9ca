// Asks a port whether it is what we hope for, in the service's own protocol, without a client library.
import { connect } from 'node:net';
import { get } from 'node:http';
import { Fault } from './fault.mjs';
import { isAlive, tail } from './processes.mjs';

/** One conversation: `onData(all bytes so far, socket)` returns a value to end it. Undefined after `timeoutMs` or a close. */
export function converse({ host = '127.0.0.1', port }, hello, onData, timeoutMs = 1_500) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let all = Buffer.alloc(0);
    const finish = (value) => {
      socket.destroy();
      clearTimeout(timer);
      resolve(value);
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.once('connect', () => socket.write(hello));
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
      const value = onData(all, socket);
      if (value !== undefined) finish(value);
    });
  });
}

/** True when something accepts connections on the port within five seconds. */
export function listens(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5_000 });
    const finish = (verdict) => {
      socket.destroy();
      resolve(verdict);
    };
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('connect', () => finish(true));
  });
}

/** GET; the status, or 0 when nothing answers within two seconds. */
export function httpStatus(url) {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 2_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(0));
  });
}

/**
 * Repeats `question` until it answers true.
 * @throws Fault when the process behind it ended or `timeoutMs` passed, with the end of its log
 */
export async function waitFor(what, question, { identity, log, timeoutMs }) {
  const deadline = Date.now() + timeoutMs;
  while (!(await question())) {
    if (identity && !isAlive(identity))
      throw new Fault(`${what} ended while starting; the end of ${log}:\n${tail(log)}`);
    if (Date.now() > deadline)
      throw new Fault(`${what} did not answer in ${timeoutMs / 1000} s; the end of ${log}:\n${tail(log)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
