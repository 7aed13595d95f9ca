// Asks a TCP port one question and reads the beginning of the answer; waits until a service answers as it should.
import { connect } from 'node:net';

/** Sends `hello` to 127.0.0.1:`port`; the first bytes of the answer, or undefined when none came within `timeoutMs`. */
export function ask(port: number, hello: string, timeoutMs = 1_000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish());
    socket.once('error', () => finish());
    socket.once('close', () => resolve(undefined));
    socket.once('connect', () => socket.write(hello, 'latin1'));
    socket.once('data', finish);
  });
}

/** True when a Redis answers PONG (not while it still loads its file). */
export async function redisAnswers(port: number): Promise<boolean> {
  return (await ask(port, 'PING\r\n'))?.toString('latin1').startsWith('+PONG') ?? false;
}

/** True when an AMQP 0-9-1 broker answers the protocol header with a method frame (Connection.Start). */
export async function amqpAnswers(port: number): Promise<boolean> {
  return (await ask(port, 'AMQP\x00\x00\x09\x01'))?.[0] === 1;
}

/** True when a Kafka broker answers ApiVersions v0, which repeats the request's correlation id. */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const id = 'PRLY';
  const answer = await ask(port, `\x00\x00\x00\x0a\x00\x12\x00\x00${id}\xff\xff`);
  return answer?.subarray(4, 8).toString('latin1') === id;
}

/**
 * Repeats `question` until it is answered with true. `ended` is the sentence of a process that stopped meanwhile.
 * @throws when `timeoutMs` passed or the process ended, naming `what`.
 */
export async function until(
  what: string,
  question: () => Promise<boolean>,
  ended: Promise<string>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const state: { end?: string } = {};
  void ended.then((how) => (state.end = how));
  while (!(await question())) {
    if (state.end !== undefined) throw new Error(`unable to start ${what}; it ended with ${state.end}`);
    if (Date.now() > deadline) throw new Error(`unable to start ${what}; no answer in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
