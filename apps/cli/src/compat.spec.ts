// A foreign CommonJS project that has Parley among its modules, as a process of its own in a directory of its own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type * as compat from '../../../compat/assistant-manager.cjs';
import type * as lib from '#assistants';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
const REDIS_PREFIX = `test-${randomBytes(6).toString('hex')}:`;
const PROCESS_MS = 60_000;

/** The types of the modules are written by hand; these lines stop compiling when the libs move away from them. */
type Fits<Given extends Wanted, Wanted> = [Given, Wanted];
export type CompatFits = [
  Fits<lib.Assistant, compat.Assistant>,
  Fits<compat.AssistantConfig, lib.AssistantConfig>,
  Fits<lib.CleanUpReport, compat.CleanUpReport>,
];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-consumer-'));
  await mkdir(join(dir, 'node_modules'));
  await symlink(process.cwd(), join(dir, 'node_modules', 'parley'));
  await writeFile(join(dir, 'package.json'), '{ "name": "consumer", "type": "commonjs" }');
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  const redis = new Redis(REDIS_URL);
  const keys = await redis.keys(`${REDIS_PREFIX}*`);
  if (keys.length > 0) await redis.unlink(keys);
  redis.disconnect();
});

/** @param body of an async function that may use `service` and `manager`. @returns what it returns; the process must end by itself */
async function consumer(body: string, env: Record<string, string> = {}): Promise<unknown> {
  const script = `
    const service = require('parley/assistant-service');
    const manager = require('parley/assistant-manager');
    (async () => {
      try { const value = await (async () => { ${body} })(); console.log(JSON.stringify(value)); }
      catch (error) { console.log(JSON.stringify({ error: error.message, code: error.code })); }
      finally { await Promise.all([service.close(), manager.close()]); }
    })();`;
  await writeFile(join(dir, 'index.js'), script);
  const { stdout } = await promisify(execFile)(process.execPath, ['index.js'], {
    cwd: dir,
    timeout: PROCESS_MS,
    env: { PATH: process.env['PATH'], REDIS_URL, REDIS_PREFIX, OPENAI_API_KEY: 'sk-test', ...env },
  });
  return JSON.parse(stdout) as unknown;
}
/** As the audit log has them, oldest first. */
async function deletions(): Promise<unknown[]> {
  const redis = new Redis(REDIS_URL);
  const entries = await redis.xrange(`${REDIS_PREFIX}{access}:audit`, '-', '+');
  redis.disconnect();
  const deeds = entries.map(([, fields]) => JSON.parse(fields[1]!) as Record<string, string>);
  return deeds
    .filter(({ action }) => action === 'assistant.delete')
    .map(({ object, outcome }) => [object, outcome]);
}

const text = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');

test(
  'the service: the same assistant until it is refreshed, and the files follow',
  async () => {
    await writeFile(join(dir, '.env'), '# mine\r\nOPENAI_ASSISTANT_ID=your-assistant-id\r\nA=1');
    const outcome = (await consumer(`
      const { initialize, getCurrentAssistantId } = service;
      const first = await initialize();
      const again = await getCurrentAssistantId();
      const second = await service.refreshAssistantId({ name: 'Second' });
      await service.close();
      const { name } = await manager.getAssistant(await service.getCurrentAssistantId());
      return { first, again, second, name, status: await service.getStatus() };
    `)) as Record<string, string>;
    expect(outcome).toMatchObject({
      first: expect.stringMatching(/^asst_[0-9a-f]{32}$/),
      again: outcome['first'],
      name: 'Second',
      status: {
        assistantId: outcome['second'],
        lastRefresh: expect.stringMatching(/Z$/),
        refreshInterval: 86_400_000,
        needsRefresh: false,
      },
    });
    expect(outcome['second']).not.toBe(outcome['first']);
    expect(await text('.env')).toBe(`# mine\r\nOPENAI_ASSISTANT_ID=${outcome['second']}\r\nA=1`);
    expect(JSON.parse(await text('config/openai-assistant.json'))).toMatchObject({
      assistantId: outcome['second'],
      name: 'Second',
    });
  },
  PROCESS_MS,
);

test(
  'the manager: every documented function, and files only when asked',
  async () => {
    const outcome = (await consumer(`
      const made = await manager.createAssistant({ name: 'One' });
      const files = require('node:fs').readdirSync('.').sort();
      const nothing = await manager.loadAssistantConfig();
      await manager.saveAssistantConfig(made);
      await manager.updateEnvFile(made.id);
      const saved = await manager.loadAssistantConfig();
      const changed = await manager.updateAssistant(made.id, { name: 'Two' });
      const got = await manager.getOrCreateAssistant();
      const forced = await manager.getOrCreateAssistant(true);
      const list = (await manager.listAssistants()).map(({ id }) => id);
      await manager.setRefreshInterval(3_600_000);
      const { refreshInterval } = await service.getStatus();
      const { deleted } = await manager.cleanupAssistants(1);
      const gone = await manager.deleteAssistant(made.id);
      const absent = await manager.deleteAssistant('asst_none');
      const last = await manager.deleteAssistant(forced.id);
      return { made, files, nothing, saved, changed, got, forced, list, refreshInterval, deleted, gone, absent, last };
    `)) as Record<string, { id: string }>;
    const [made, forced] = [outcome['made']!.id, outcome['forced']!.id];
    expect(outcome).toMatchObject({
      made: { name: 'One', model: 'gpt-4o-mini', object: 'assistant' },
      files: ['index.js', 'node_modules', 'package.json'],
      nothing: null,
      saved: { assistantId: made, name: 'One' },
      changed: { id: made, name: 'Two', version: 2 },
      got: { id: made },
      list: [forced, made],
      refreshInterval: 3_600_000,
      deleted: [made],
      gone: false,
      absent: false,
      last: true,
    });
    expect(await deletions()).toEqual([
      [made, 'failed'],
      ['asst_none', 'failed'],
      [forced, 'done'],
    ]);
    expect(await text('.env')).toBe(`OPENAI_ASSISTANT_ID=${forced}\n`);
    expect(await readdir(join(dir, 'config'))).toHaveLength(2);
  },
  PROCESS_MS,
);

test.each([
  [`return manager.getAssistant('asst_none')`, {}, 'not_found', /unable to find assistant/],
  [`return manager.createAssistant({ nmae: 'typo' })`, {}, 'invalid_request', /./],
  [`return manager.cleanupAssistants('five')`, {}, undefined, /keepCount/],
  [`return manager.setRefreshInterval(-1)`, {}, undefined, /intervalMs/],
  [`return service.initialize()`, { REDIS_URL: 'redis://127.0.0.1:1' }, undefined, /unable to use Redis/],
])(
  '%s fails, and says why',
  async (body, env, code, message) => {
    expect(await consumer(body, env as Record<string, string>)).toEqual({
      error: expect.stringMatching(message),
      ...(code !== undefined && { code }),
    });
  },
  PROCESS_MS,
);

test(
  'a TypeScript project sees the types, and its mistakes',
  async () => {
    const tsc = join(process.cwd(), 'node_modules', '.bin', 'tsc');
    const program = (body: string) => `
      import service = require('parley/assistant-service');
      import manager = require('parley/assistant-manager');
      export const run = async () => { ${body} };`;
    await writeFile(
      join(dir, 'right.cts'),
      program(`
        const id: string = await service.getCurrentAssistantId();
        const { version } = await manager.updateAssistant(id, { instructions: 'Short.', tools: [{ type: 'code_interpreter' }] });
        const gone: boolean = await manager.deleteAssistant(id);
        return [version.toFixed(), gone, (await manager.cleanupAssistants(3)).deleted] as const;`),
    );
    await writeFile(
      join(dir, 'wrong.cts'),
      program(`await manager.createAssistant({ nmae: 'typo' }); await service.refresh();`),
    );
    const check = async (name: string): Promise<string> => {
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', name];
      const done = promisify(execFile)(process.execPath, [tsc, ...flags], { cwd: dir, timeout: PROCESS_MS });
      return done.then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    expect(await check('right.cts')).toBe('');
    expect(await check('wrong.cts')).toMatch(/'nmae' does not exist[^]*'refresh' does not exist/);
  },
  PROCESS_MS,
);
