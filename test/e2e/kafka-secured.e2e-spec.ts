// A broker that asks who comes, by password over TLS or by certificate: all our clients are let in by the same settings; who is
// not, lives, says why, and says no password. On a broker of its own; skipped where its jars or openssl are missing.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { KafkaClient, until } from '../support/kafka-client.js';
import { hasOpenssl, startSecuredKafka, type SecuredKafka } from '../support/secured-kafka.js';
import { kafkaJars } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const withBroker = kafkaJars() !== undefined && hasOpenssl() ? describe : describe.skip;
const PASSWORD = 'n0b0dy-reads=this#';
const WRONG = 'n0t-the-pass=word#';

withBroker('a broker that asks who comes', () => {
  let parley: ParleySystem;
  let secured: SecuredKafka;
  let kafka: KafkaClient;
  let worker: AppProcess | undefined;
  const names = { send: 'gpt-send', response: 'gpt-response' };

  beforeAll(async () => {
    [parley, secured] = await Promise.all([
      startSystem({ streams: [], gateway: false }),
      startSecuredKafka(PASSWORD),
    ]);
  }, 180_000);
  afterEach(() => worker?.stop(), 30_000);
  afterAll(async () => {
    await kafka?.close();
    await parley?.stop();
    await secured?.stop();
  }, 60_000);

  const login = (mechanism: string): Record<string, string> => ({
    BOOTSTRAP_SERVER: secured.login,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: secured.files.ca,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: secured.username,
    KAFKA_SASL_PASSWORD: secured.password,
  });
  const certificate = (): Record<string, string> => ({
    BOOTSTRAP_SERVER: secured.certified,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: readFileSync(secured.files.ca, 'utf8'),
    KAFKA_SSL_CERT_FILE: secured.files.cert,
    KAFKA_SSL_KEY_FILE: secured.files.key,
  });
  const start = async (env: Record<string, string>, ready = true): Promise<AppProcess> => {
    const all = { ...parley.env, LOG_LEVEL: 'debug', REQUESTS_PER_MINUTE: '0', ...env };
    worker = await AppProcess.start({ app: 'gpt-worker', env: all, readyPath: '/health/ready' }, { ready });
    return worker;
  };
  /** @returns what it printed, on both streams */
  const run = async (program: string, args: string[], env: Record<string, string>): Promise<string> => {
    const options = { env: { PATH: process.env['PATH'], ...parley.env, ...env } };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], options).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    return stdout + stderr;
  };

  test.each([
    ['PLAIN', () => login('PLAIN')],
    ['SCRAM-SHA-256', () => login('SCRAM-SHA-256')],
    ['SCRAM-SHA-512', () => login('SCRAM-SHA-512')],
    ['a certificate', certificate],
  ])(
    'lets the worker in by %s: it reads, answers, and sets aside',
    async (way, env) => {
      const app = await start(env());
      kafka ??= await KafkaClient.open([secured.broker.url], names, 'story');
      const poison = kafka.dead().length;
      await kafka.ask(`by ${way}`, { message: `(${way}) hello` });
      await kafka.send(`broken ${way}`, '{');
      await until(() => kafka.answers(`by ${way}`).length === 1);
      await until(() => kafka.dead().length === poison + 1);
      expect(kafka.answers(`by ${way}`)[0]!.value).toMatchObject({ finish_reason: 'stop' });
      expect(app.log()).not.toMatch(/n0b0dy|PRIVATE KEY/);
    },
    90_000,
  );

  test('lets the command line in, and the load', async () => {
    const app = await start(login('SCRAM-SHA-512'));
    const letters = (env: Record<string, string>) => parley.cli(['dead-letters', 'list'], { env });
    expect((await letters(login('PLAIN'))).stdout).toContain('broken SCRAM-SHA-256');
    const wrong = { ...login('PLAIN'), KAFKA_SASL_PASSWORD: WRONG };
    const kept = await letters(wrong);
    expect(kept.stderr).toMatch(/dead letters were not shown: the brokers refuse the login/);
    expect(kept.stdout + kept.stderr).not.toContain(WRONG);
    const load = ['--requests', '5', '--brokers', secured.login];
    expect(await run('dist/load/main.js', load, login('SCRAM-SHA-256'))).toMatch(/missing +0\ndoubles +0/);
    // By then it has had to log in again.
    expect(app.log()).not.toContain('Kafka intake: not connected');
  }, 90_000);

  test.each([
    ['the password is wrong', { KAFKA_SASL_PASSWORD: WRONG }, /refuse the login/],
    ['its authority is unknown', { KAFKA_SSL_CA_FILE: 'stranger' }, /certificate is not trusted/],
    ['it is spoken to without TLS', { KAFKA_SSL: 'false', KAFKA_SSL_CA_FILE: '' }, /KAFKA_SSL/],
  ])(
    'keeps out whoever comes when %s, who says so and lives',
    async (_, wrong: object, cause) => {
      const env: Record<string, string> = { ...login('PLAIN'), ...wrong };
      if (env['KAFKA_SSL_CA_FILE'] === 'stranger') env['KAFKA_SSL_CA_FILE'] = secured.files.stranger;
      const app = await start(env, false);
      const health = async (path: string) => {
        const response = await fetch(app.url + path);
        return { http: response.status, body: await response.text() };
      };
      await until(async () => cause.test((await health('/health')).body), 30_000);
      const { http, body } = await health('/health');
      expect([http, JSON.parse(body)]).toMatchObject([503, { checks: { kafka_broker: false } }]);
      expect((await health('/health/live')).http).toBe(200);
      expect((await health('/health/ready')).http).toBe(503);
      const said = app.log();
      expect(said).toMatch(cause);
      // Told once, not at each try.
      expect(said.split('Kafka intake: not connected').length - 1).toBe(1);
      expect(said + body).not.toMatch(/n0t-the|n0b0dy|Error: Connection|127\.0\.0\.1:\d+ failed/);
      expect(app.alive).toBe(true);
    },
    90_000,
  );

  test('half a setting is refused at start, by name and without the value', async () => {
    const env = {
      ...certificate(),
      KAFKA_SSL_CA: 'secret-ca',
      KAFKA_SSL_KEY_FILE: secured.files.ca,
      KAFKA_SASL_PASSWORD: WRONG,
    };
    const said = await run('dist/apps/gpt-worker/src/main.js', [], env);
    expect(said).toMatch(/KAFKA_SSL_CA: must be a certificate in PEM/);
    expect(said).toMatch(/KAFKA_SSL_KEY: must be the key of that certificate/);
    expect(said).toMatch(/KAFKA_SASL_MECHANISM: must be/);
    expect(said).toMatch(/KAFKA_SASL_USERNAME: must be set/);
    expect(said).not.toMatch(/secret-ca|n0t-the/);
    const off = await run('dist/apps/gpt-worker/src/main.js', [], { ...certificate(), KAFKA_SSL: 'false' });
    expect(off).toMatch(/KAFKA_SSL: must be true where/);
  }, 60_000);
});
