// The README's examples, as they stand there: only the addresses of the defaults are replaced by those of this test.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sharedRabbitUrl } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

interface Example {
  language: 'sh' | 'js';
  name: string;
  code: string;
}

const FENCE = /^```(sh|js) example (\S+)\n([\s\S]*?)^```$/gm;
const examples: Example[] = [...readFileSync('README.md', 'utf8').matchAll(FENCE)].map(
  ([, language, name, code]) => ({ language: language as 'sh' | 'js', name: name!, code: code! }),
);

/** Below the repository, so that the examples find its packages. */
const DIR = join('dist', `readme-${process.pid}`);
let parley: ParleySystem;
beforeAll(async () => {
  mkdirSync(DIR, { recursive: true });
  parley = await startSystem();
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  rmSync(DIR, { recursive: true, force: true });
});

const WHAT_COMES_OUT: Record<string, (output: string) => void | Promise<void>> = {
  rest: async (output) => {
    expect(JSON.parse(output)).toMatchObject({
      message_id: 'order-4711',
      status: 'queued',
      duplicate: false,
    });
    const watcher = await parley.subscribe('demo', { cursor: 'new:0' });
    await watcher.answer('order-4711');
  },
  history: (output) => {
    const { items } = JSON.parse(output) as { items: { role: string; text: string }[] };
    expect(items.map(({ role, text }) => `${role}: ${text}`)).toEqual([
      'user: My name is Ada.',
      'assistant: You said: My name is Ada.',
    ]);
  },
  assistants: (output) => {
    expect(output).toMatch(/"object":"assistant"/);
    expect(output).toMatch(/"responseCode":200,.*"needsRefresh":/);
  },
  sse: (output) => {
    expect(output).toMatch(/^event: run\.completed$/m);
    expect(output).toMatch(/^id: \S+:\d+$/m);
  },
  websocket: (output) => {
    expect(output).toContain('started');
    expect(output).toMatch(/completed .*Earlier you said: My name is Ada\./s);
  },
  rabbitmq: async () => {
    const watcher = await parley.subscribe('demo', { cursor: 'new:0' });
    expect((await watcher.answer('amqp-1')).at(-1)).toMatchObject({ status: 'completed' });
  },
  files: (output) => {
    expect(output.match(/"state":"ready"/g)).toHaveLength(4);
    expect(output).toMatch(/"name":"readme\.txt"/);
  },
  vcons: (output) => {
    expect(output).toMatch(/"outcome":"saved"/);
    expect(output).toMatch(/"state":"ready"/);
    expect(output).toMatch(/"complete":true,.*"receipt":\{/);
  },
  cli: (output) => {
    expect(output).toMatch(/test_msg_[0-9a-f]{8}/);
    expect(output).toContain('Earlier you said');
  },
};

test('there are examples, and each is expected to do something', () => {
  expect(examples.map(({ name }) => name).sort()).toEqual(Object.keys(WHAT_COMES_OUT).sort());
});

test.each(examples.map((example) => [example.name, example] as const))('%s', async (name, example) => {
  const output = await run({ ...example, code: here(example.code) });
  await WHAT_COMES_OUT[name]!(output);
});

function here(code: string): string {
  const { delivery, gateway, env } = parley;
  return code
    .replaceAll('http://localhost:3000', gateway!.url)
    .replaceAll('http://localhost:8080', delivery.url)
    .replaceAll('ws://localhost:8080', `ws://127.0.0.1:${delivery.port}`)
    .replaceAll('amqp://guest:guest@localhost:5672/', sharedRabbitUrl())
    .replaceAll('cosmo_exchange', env['EXCHANGE_NAME']!)
    .replaceAll('node scripts/parley.mjs', 'node dist/apps/cli/src/main.js');
}

function run({ language, name, code }: Example): Promise<string> {
  const file = join(DIR, `${name}.${language === 'js' ? 'mjs' : 'sh'}`);
  writeFileSync(file, code);
  const [command, args] = language === 'js' ? [process.execPath, [file]] : ['bash', ['-e', file]];
  const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
  return new Promise((resolve, reject) => {
    execFile(command, args, { env: { ...parley.env, PATH }, timeout: 25_000 }, (error, stdout, stderr) => {
      // curl ends with 28 when --max-time cuts an endless stream off; that is how the example stops it.
      if (error && !(language === 'sh' && error.code === 28))
        reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
