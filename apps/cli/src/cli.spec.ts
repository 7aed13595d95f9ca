// The command line as a process of its own, compiled as users get it (`npm test` builds first).
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { Redis } from 'ioredis';
import { runCli, sharedRabbitUrl, startRedis, type CliOutcome } from '#testing';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
const REDIS_PREFIX = `test-[*]${randomBytes(6).toString('hex')}:`;
const DAY = 86_400;
/** Each call is a process of its own, and the machine may be busy. */
const CALLS_MS = 60_000;

/** @param input what is typed; the end of input follows */
const parley = (
  args: string[],
  input = '',
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<CliOutcome> =>
  runCli(args, { input, cwd, env: { REDIS_URL, REDIS_PREFIX, OPENAI_API_KEY: 'sk-test', ...env } });

jest.setTimeout(CALLS_MS);

describe('parley', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(REDIS_URL);
  });
  const own = async () => (await redis.keys('test-*')).filter((key) => key.startsWith(REDIS_PREFIX));
  const clear = async () => {
    const keys = await own();
    if (keys.length > 0) await redis.unlink(keys);
  };
  afterEach(clear);
  afterAll(() => redis.disconnect());

  const plant = async (channel: string, days: number) => {
    const at = Math.floor(Date.now() / 1_000) - days * DAY;
    await redis.set(`${REDIS_PREFIX}thread:${channel}`, `thread_${channel}`);
    const metadata = { created_at: at, message_count: 3, last_message_at: at };
    await redis.set(`${REDIS_PREFIX}metadata:${channel}`, JSON.stringify(metadata));
  };
  const threads = async () =>
    (await own())
      .filter((key) => key.startsWith(`${REDIS_PREFIX}thread:`))
      .map((key) => key.slice(`${REDIS_PREFIX}thread:`.length))
      .sort();

  test.each([
    [['--bogus'], 1, /Usage: parley/],
    [['threads', 'stats', 'extra'], 1, /Usage: parley threads stats/],
    [['threads'], 1, /Usage: parley threads/],
    [['--test-message', 'only-a-channel'], 1, /missing required argument 'text'/],
    [['--clear-old-threads', '0'], 1, /days must be a number greater than 0/],
    [['--clear-old-threads', 'ten'], 1, /days must be a number greater than 0/],
    [['runs', 'show', 'nothing'], 1, /no run by this id/],
    [['messages', 'test', 'c', ' '], 1, /not valid/],
  ])('%j ends with %d and says why', async (args, code, text) => {
    const outcome = await parley(args);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toMatch(text);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  });

  test('help is well done', async () => {
    expect(await parley(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /threads[^]*dead-letters[^]*Flags of the old worker:\n {2}--test-message <channel> <text> +parley messages test\n/,
      ),
    });
  });

  test('Redis away is one line', async () => {
    const { code, stderr } = await parley(['threads', 'stats'], '', { REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^parley: unable to use Redis.*\n$/);
  });

  test('a bad configuration names the variable, not its value', async () => {
    const { code, stderr } = await parley(['threads', 'stats'], '', { REDIS_THREAD_EXPIRY: 'hunter2' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/REDIS_THREAD_EXPIRY/);
    expect(stderr).not.toMatch(/hunter2/);
  });

  test('--generate-uuid prints a UUID and makes its thread and metadata', async () => {
    const { code, stdout } = await parley(['--generate-uuid']);
    expect(code).toBe(0);
    const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(stdout)![0];
    expect(stdout).toContain(await redis.get(`${REDIS_PREFIX}thread:${uuid}`));
    const metadata = JSON.parse((await redis.get(`${REDIS_PREFIX}metadata:${uuid}`))!) as object;
    expect(metadata).toMatchObject({ message_count: 0 });
  });

  test('--show-thread-stats counts what is there, also as JSON', async () => {
    for (const [channel, days] of [
      ['a', 0],
      ['b', 3],
      ['c', 20],
      ['d', 60],
      ['e', 200],
    ] as const)
      await plant(channel, days);
    const [text, json] = await Promise.all([
      parley(['--show-thread-stats']),
      parley(['threads', 'stats', '--json']),
    ]);
    expect(text).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/threads\s+5\n.*0-1 days\s+1 \(20%\)/),
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ total: 5, messages: { total: 15, average: 3 } });
  });

  test.each([
    ['piped DELETE without a line end', [], 'DELETE', 0, []],
    ['another word', [], 'yes\n', 1, ['ten']],
    ['the word in the second line', [], '\nDELETE\n', 1, ['ten']],
    ['the end of input', [], '', 1, ['ten']],
    ['--yes', ['--yes'], '', 0, []],
    ['--dry-run', ['--dry-run'], '', 0, ['ten']],
  ])('clearing all with %s', async (_, args, input, code, left) => {
    await plant('ten', 10);
    await redis.set(`${REDIS_PREFIX}assistant_id`, 'asst_1');
    const outcome = await parley(['--clear-all-threads', ...args], input);
    expect(outcome.code).toBe(code);
    if (code !== 0) expect(outcome.stderr).toMatch(/cancelled, nothing was deleted/);
    expect(await threads()).toEqual(left);
    expect(await redis.get(`${REDIS_PREFIX}assistant_id`)).toBe('asst_1');
  });

  test('clearing the old keeps the young', async () => {
    await plant('ten', 10);
    await plant('forty', 40);
    expect(await parley(['--clear-old-threads', '30'], 'DELETE\n')).toMatchObject({
      code: 0,
      stdout: '1 thread(s) were deleted\n',
    });
    expect(await threads()).toEqual(['ten']);
  });

  test('thousands are counted and cleared by SCAN, and a prefix full of wildcards touches no other', async () => {
    const own = await startRedis({ fsync: 'no' });
    const other = new Redis(own.url);
    try {
      const prefix = String.raw`a?[b-d]*\:`;
      // What the prefix would match if it were read as a pattern.
      const neighbours = ['axb:', 'axcyz:', String.raw`a?[b-d]x\:`];
      const [old, young] = [90, 1].map((days) => Math.floor(Date.now() / 1_000) - days * DAY);
      const rows = (start: string, count: number) =>
        Array.from({ length: count }, (_, i) => {
          const at = i % 3 === 0 ? young : old;
          const metadata = JSON.stringify({ created_at: at, message_count: 2, last_message_at: at });
          return [`${start}thread:c${i}`, `thread_${i}`, `${start}metadata:c${i}`, metadata];
        }).flat();
      await other.mset(rows(prefix, 3_000));
      for (const start of neighbours) await other.mset(rows(start, 300));
      const commands = new Map<string, number>();
      const monitor = await other.monitor();
      monitor.on('monitor', (_: string, [name]: string[]) =>
        commands.set(name!.toUpperCase(), (commands.get(name!.toUpperCase()) ?? 0) + 1),
      );
      const env = { REDIS_URL: own.url, REDIS_PREFIX: prefix };
      const { stdout } = await parley(['--show-thread-stats', '--json'], '', env);
      expect(JSON.parse(stdout)).toMatchObject({ total: 3_000, messages: { total: 6_000 } });
      expect(await parley(['--clear-old-threads', '30'], 'DELETE\n', env)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/2,?000/),
      });
      const kept = JSON.parse((await parley(['--show-thread-stats', '--json'], '', env)).stdout) as object;
      expect(kept).toMatchObject({ total: 1_000 });
      expect(await parley(['--clear-all-threads'], 'DELETE\n', env)).toMatchObject({ code: 0 });
      monitor.disconnect();
      expect(commands.get('SCAN')).toBeGreaterThan(0);
      expect(commands.has('KEYS')).toBe(false);
      const left = await other.keys('*thread:*');
      expect(left.filter((key) => key.startsWith(prefix))).toEqual([]);
      expect(left).toHaveLength(900);
    } finally {
      other.disconnect();
      await own.stop();
    }
  });

  describe('dead letters', () => {
    const name = REDIS_PREFIX.replace(/\W/g, '');
    // Those of Kafka have a spec of their own.
    const names = { EXCHANGE_NAME: name, QUEUE_NAME: `${name}_q`, BOOTSTRAP_SERVER: '' };
    const away = { RABBITMQ_URL: 'amqp://127.0.0.1:1' };
    const letters = (args: string[], env: Record<string, string> = {}, input = '') =>
      parley(['dead-letters', ...args, '--json'], input, { ...names, ...env });
    const both = ({ stdout }: CliOutcome): unknown => JSON.parse(stdout);
    const plantLetter = (at: number) => {
      const letter = {
        tenant: 'default',
        channel: 'c',
        message_id: `m-${at}`,
        message: 'x',
        generation: 0,
        at,
      };
      return redis.xadd(`${REDIS_PREFIX}{s00}:dead`, `${at}-0`, 'e', JSON.stringify(letter));
    };
    let rabbit: ChannelModel;
    let channel: ConfirmChannel;
    const plantFailed = async () => {
      channel.sendToQueue(`${name}_q_failed`, Buffer.from('{"channel":"c","message":"y"}'));
      await channel.waitForConfirms();
    };

    beforeAll(async () => {
      rabbit = await connect(sharedRabbitUrl());
      channel = await rabbit.createConfirmChannel();
      // Makes the queues.
      await letters(['list']);
    });
    afterAll(async () => {
      for (const queue of [`${name}_q`, `${name}_q_failed`]) await channel.deleteQueue(queue);
      for (const exchange of [name, `${name}_dlx`]) await channel.deleteExchange(exchange);
      await rabbit.close();
    });

    test('of both places are listed and replayed together; with one out of reach, the other', async () => {
      await plantLetter(1);
      const listed = await letters(['list'], away);
      expect(listed).toMatchObject({ code: 1, stderr: expect.stringMatching(/out of reach.* not shown/) });
      expect(both(listed)).toMatchObject({ runs: [{ id: '0-1', replies: [] }], rabbitmq: null });
      const without = await letters(['replay', 'all'], away);
      expect(without).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/out of reach.* not replayed/),
      });
      expect(both(without)).toEqual({ runs: 1, rabbitmq: null });

      await plantFailed();
      await plantLetter(2);
      expect(both(await letters(['list']))).toMatchObject({ runs: [{ id: '0-2' }], rabbitmq_total: 1 });
      expect(both(await letters(['replay', 'all']))).toEqual({ runs: 1, rabbitmq: 1 });
      expect((await channel.get(`${name}_q`)) || undefined).toMatchObject({
        content: Buffer.from('{"channel":"c","message":"y"}'),
      });
    });

    test('of both places are removed together, after the word; with one out of reach, the other', async () => {
      for (const at of [1, 2]) await plantLetter(at);
      await plantFailed();
      expect(await letters(['remove', 'all'])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/deletes all dead letters[^]*nothing was deleted/),
      });
      const without = await letters(['remove', 'all', '--yes'], away);
      expect(without).toMatchObject({ code: 1, stderr: expect.stringMatching(/out of reach.* not emptied/) });
      expect(both(without)).toEqual({ runs: 2, rabbitmq: null });

      await plantLetter(3);
      await plantLetter(4);
      expect(both(await letters(['remove', '0-3', '--yes']))).toEqual({ id: '0-3', removed: true });
      expect(await letters(['remove', '0-3', '--yes'])).toMatchObject({ code: 1, stdout: '' });
      const removed = await letters(['remove', 'all'], {}, 'DELETE\n');
      expect(removed.code).toBe(0);
      expect(both(removed)).toEqual({ runs: 1, rabbitmq: 1 });
      expect(both(await letters(['remove', 'all', '--yes']))).toEqual({ runs: 0, rabbitmq: 0 });
      expect(both(await letters(['list']))).toMatchObject({ runs: [], rabbitmq: [] });
    });
  });

  test('assistants are made and deleted', async () => {
    const { stdout } = await parley(['--create-assistant', '--json']);
    const { id } = JSON.parse(stdout) as { id: string };
    expect(await redis.get(`${REDIS_PREFIX}assistant_id`)).toBe(id);
    expect(await parley(['--delete-assistant', id])).toMatchObject({ code: 0 });
    expect(await parley(['--delete-assistant', id])).toMatchObject({ code: 1 });
    expect(await redis.exists(`${REDIS_PREFIX}assistant_id`)).toBe(0);
  });

  describe('tokens and the audit log', () => {
    const JWT_SECRET = 'c3VjaCBhIHNlY3JldCBpcyBhIHNlY3JldCBpbmRlZWQ';
    const AUDIT_KEY = 'audit-key';
    const issue = ['token', 'issue', '--sub', 'ada', '--scope', 'channels usage:read'];

    test('a token is issued, looked at and revoked, on record', async () => {
      const wish = [...issue, '--tenant', 'acme', '--channels', 'demo,team-*', '--expires', '30m', '--json'];
      const issued = JSON.parse((await parley(wish, '', { JWT_SECRET, AUDIT_KEY })).stdout) as Record<
        string,
        string
      >;
      const look = () => parley(['token', 'inspect', issued['token']!, '--json'], '', { JWT_SECRET });
      const seen = JSON.parse((await look()).stdout) as {
        accepted: boolean;
        claims: Record<string, unknown>;
      };
      expect(seen).toMatchObject({
        accepted: true,
        claims: { sub: 'ada', tenant: 'acme', channels: ['demo', 'team-*'], jti: issued['id'] },
      });
      expect(Number(seen.claims['exp']) - Number(seen.claims['iat'])).toBe(1_800);
      expect(await parley(['token', 'revoke', issued['id']!], '', { AUDIT_KEY })).toMatchObject({ code: 0 });
      const after = await look();
      expect([after.code, JSON.parse(after.stdout)]).toEqual([
        1,
        expect.objectContaining({ accepted: false, reason: expect.stringContaining('revoked') }),
      ]);

      const list = JSON.parse((await parley(['audit', 'list', '--json'])).stdout) as { items: object[] };
      expect(list.items).toMatchObject([
        {
          n: 1,
          actor: expect.stringMatching(/^cli:/),
          action: 'token.issue',
          object: 'sub:ada',
          outcome: 'done',
        },
        { n: 2, action: 'token.revoke', object: `token:${issued['id']}` },
      ]);
      const exported = await parley(['audit', 'export']);
      expect(
        exported.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual(list.items);
      expect(exported.stdout).not.toContain(issued['token']);
      const whole = await parley(['audit', 'verify', '--json'], '', { AUDIT_KEY });
      expect([whole.code, JSON.parse(whole.stdout)]).toEqual([
        0,
        expect.objectContaining({ whole: true, entries: 2 }),
      ]);
      const key = (await own()).find((name) => name.endsWith(':audit'))!;
      await redis.xdel(key, '1-0');
      expect(await parley(['audit', 'verify'], '', { AUDIT_KEY })).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('no: entry 1 is missing'),
      });
    });

    test.each([
      [issue, {}, /JWT_SECRET is not set/],
      [[...issue, '--expires', '1w'], { JWT_SECRET }, /--expires takes/],
      [[...issue, '--expires', '2d'], { JWT_SECRET }, /at most 86400 s/],
      [
        ['token', 'issue', '--sub', 'a', '--scope', 'everything'],
        { JWT_SECRET },
        /no such scope: everything/,
      ],
      [['token', 'issue', '--sub', 'a', '--scope', 'usage', '--tenant', '*'], { JWT_SECRET }, /tenant/],
      [issue, { JWT_SECRET, NODE_ENV: 'production', REDIS_STRICT: 'false' }, /--yes/],
      [
        issue,
        { JWT_SECRET: 'hunter2', NODE_ENV: 'production', REDIS_STRICT: 'false' },
        /shorter than 32 bytes/,
      ],
      [['token', 'issue', '--sub', 'a'], { JWT_SECRET }, /--scope/],
      [['token', 'inspect', 'nonsense'], { JWT_SECRET }, /not a JSON object/],
      [['audit', 'verify', '--anchor', 'x'], {}, /--anchor takes/],
    ])('%j with %j ends with 1 and says why', async (args, env, text) => {
      const { code, stdout, stderr } = await parley(args, '', env as unknown as Record<string, string>);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(text);
      expect(stderr).not.toMatch(/hunter2|\n\s+at /);
    });

    test('what administrators do here is on record', async () => {
      const { stdout } = await parley(['--create-assistant', '--json']);
      const { id } = JSON.parse(stdout) as { id: string };
      await parley(['--delete-assistant', id]);
      await parley(['--delete-assistant', id]);
      const { items } = JSON.parse((await parley(['audit', 'list', '--json'])).stdout) as { items: object[] };
      expect(items).toMatchObject([
        { action: 'assistant.create', outcome: 'done' },
        { action: 'assistant.delete', object: id, outcome: 'done' },
        { action: 'assistant.delete', object: id, outcome: 'failed' },
      ]);
    });
  });

  test(
    'the assistant manager keeps its files, refreshes, goes back and cleans up',
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'parley-'));
      const call = (...args: string[]) => parley(['assistants', ...args], '', {}, dir);
      const json = async (...args: string[]) => {
        const { code, stdout, stderr } = await call(...args, '--json');
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        return JSON.parse(stdout) as Record<string, unknown> & { id: string };
      };
      const noted = async () => [
        (await readFile(join(dir, '.env'), 'utf8')).trim(),
        (
          JSON.parse(await readFile(join(dir, 'config/openai-assistant.json'), 'utf8')) as {
            assistantId: string;
          }
        ).assistantId,
      ];
      try {
        const first = await json('create');
        expect(first).toMatchObject({ name: 'Invoice Translation Assistant', current: true });
        expect(await noted()).toEqual([`OPENAI_ASSISTANT_ID=${first.id}`, first.id]);
        const second = await json('refresh');
        expect(second).toMatchObject({ previous: first.id });
        expect(await noted()).toEqual([`OPENAI_ASSISTANT_ID=${second.id}`, second.id]);
        await writeFile(join(dir, '.env'), `OPENAI_ASSISTANT_ID=${first.id}\n`);
        expect(await json('get-or-create')).toMatchObject({ id: first.id });
        await writeFile(join(dir, '.env'), 'OPENAI_ASSISTANT_ID=asst_goneLongAgo\n');
        expect(await json('get-or-create')).toMatchObject({ id: second.id });
        const third = await json('get-or-create', '--force');
        expect((await call('list')).stdout.split('\n')[0]).toMatch(
          new RegExp(`^\\* ${third.id}  Invoice.*gpt-4o-mini.*code_interpreter, file_search$`),
        );

        expect(await json('update', third.id, '--config', '{"name":"Other"}')).toMatchObject({ version: 2 });
        const saved = JSON.parse(await readFile(join(dir, 'config/openai-assistant.json'), 'utf8'));
        expect(saved).toMatchObject({ assistantId: third.id, name: 'Other' });
        expect((await call('diff', third.id, '1', '2')).stdout).toContain('→ "Other"');
        expect(await json('rollback', third.id, '1')).toMatchObject({ version: 3, name: first['name'] });
        const bounds = [
          '--share',
          '0.1',
          '--min-runs',
          '5',
          '--max-cost-usd',
          '0.01',
          '--max-cost-factor',
          '2',
        ];
        expect(await json('try', third.id, '--candidate', '2', ...bounds)).toMatchObject({
          canary: { version: 2, share: 0.1, min_runs: 5, max_cost_usd: 0.01, max_cost_factor: 2 },
        });
        for (const wrong of [['--share', '2'], ['--share', '1', '--max-cost-usd', '0'], []])
          expect(await call('try', third.id, '--candidate', '2', ...wrong)).toMatchObject({ code: 1 });
        expect(await json('end-trial', third.id)).not.toHaveProperty('canary');
        const exported = (await call('export')).stdout;
        await writeFile(join(dir, 'default.yaml'), exported);
        await writeFile(join(dir, 'invoices.yaml'), 'model: gpt-6-luna\ninstructions: Translate.\n');
        const outcomes = async (...more: string[]) => {
          const { applied } = await json('apply', '-f', dir, ...more);
          return (applied as { outcome: string }[]).map(({ outcome }) => outcome);
        };
        expect(await outcomes('--dry-run')).toEqual(['unchanged', 'create']);
        expect(await outcomes('--yes')).toEqual(['unchanged', 'create']);
        expect(await outcomes('--yes')).toEqual(['unchanged', 'unchanged']);

        for (const keep of ['0', '-1', 'many', '2.5'])
          expect((await call('cleanup', '--', keep)).code).toBe(1);
        expect(await json('cleanup', '1', '--dry-run')).toMatchObject({ deleted: [second.id, first.id] });
        expect((await call('cleanup', '1')).stdout).toContain('2 assistant(s) were deleted');
        expect(await call('get', first.id)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('not_found'),
        });
        expect(await json('status')).toMatchObject({ assistantId: third.id, needsRefresh: false });
        const usage = await json('usage', third.id);
        expect(usage).toMatchObject({ assistant_id: third.id, runs: 0, versions: [] });
        expect((await call('usage')).stdout).toContain(`${third.id}  0 runs`);
        expect(await call('usage', first.id)).toMatchObject({ code: 1 });
        expect(await call('get')).toMatchObject({ code: 1, stderr: expect.stringContaining('Usage') });
        expect(await call('bogus')).toMatchObject({ code: 1 });
        expect(await call('create', '--config', '{"nmae":"x"}')).toMatchObject({ code: 1 });
        const unset = await parley(['assistants', 'create'], '', { OPENAI_API_KEY: '' }, dir);
        expect(unset).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('OPENAI_API_KEY: is required'),
        });
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    4 * CALLS_MS,
  );

  test(
    'without a worker --test-message says so in time, and the message stays queued',
    async () => {
      const { code, stdout, stderr } = await parley(['--test-message', 'demo', 'Hello', '--timeout', '1']);
      expect(code).toBe(2);
      expect(stdout).toMatch(/^message_id: test_msg_[0-9a-f]{8}\n/);
      expect(stderr).toMatch(/no assistant-stream worker/);
      const run = /run_id: (\S+)/.exec(stdout)![1]!;
      expect(JSON.parse((await parley(['runs', 'show', run, '--json'])).stdout)).toMatchObject({
        status: 'queued',
        source: 'cli',
      });
      expect(await parley(['runs', 'cancel', run])).toMatchObject({
        code: 0,
        stdout: 'cancelled (cancelled)\n',
      });
      expect(await parley(['runs', 'cancel', run])).toMatchObject({ code: 1 });
    },
    2 * CALLS_MS,
  );
});
