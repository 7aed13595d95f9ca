// A gateway is killed in the middle of an upload: the next one cleans up behind it, the older content lives on, and the vCon can be saved again.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { FaultyUpstream } from '../support/faulty-upstream.js';
import { startSystem, type ParleySystem } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

let parley: ParleySystem;
let gateway: AppProcess;
let upstream: FaultyUpstream;
beforeAll(async () => {
  parley = await startSystem({ streams: [], gateway: false });
  upstream = await FaultyUpstream.start(parley.emulator.url, 1);
  gateway = await AppProcess.start({
    app: 'gateway',
    env: { ...parley.env, OPENAI_BASE_URL: `${upstream.url}/v1` },
    readyPath: '/health/ready',
  });
}, 90_000);
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  await parley?.stop();
}, 30_000);

const save = (text: string): Promise<number> =>
  fetch(`${gateway.url}/vcons`, {
    method: 'POST',
    headers: { 'content-type': 'application/vcon+json' },
    body: text,
  }).then(
    ({ status }) => status,
    () => 0,
  );
const status = async (uuid: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${gateway.url}/vcons/${uuid}/status`)).json()) as Record<string, unknown>;
const files = async (): Promise<string[]> =>
  ((await parley.control('GET', 'objects'))['files'] as { filename: string }[]).map(
    ({ filename }) => filename,
  );

test('a save that was cut off leaves nothing behind', async () => {
  const [first, second] = [uuidOf('crash-1'), uuidOf('crash-2')];
  expect(await save(vconOf(first, 'Old', ['Old words.']).text)).toBe(201);
  // The provider takes the files, and never says so.
  upstream.always = { fault: 'hang after', method: 'POST', path: '/v1/files', times: 2 };
  const saves = [first, second].map((uuid) => save(vconOf(uuid, 'New', ['New words.']).text));
  while ((await files()).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await gateway.kill9();
  expect(await Promise.all(saves)).toEqual([0, 0]);
  gateway = await gateway.again();

  // The lock of the dead one has to end first.
  for (let tries = 0; (await status(second))['state'] !== 'failed'; tries++) {
    expect(tries).toBeLessThan(600);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await status(second)).toMatchObject({ fault: { code: 'interrupted' } });
  for (let tries = 0; (await files()).length > 1 && tries < 300; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await files()).toEqual([`${first}.vcon.json`]);
  expect(await status(first)).toMatchObject({ state: 'ready', last_fault: { code: 'interrupted' } });
  expect(await (await fetch(`${gateway.url}/vcons/${first}`)).text()).toContain('Old words.');
  expect(await save(vconOf(second, 'New', ['New words.']).text)).toBe(201);
  expect(await status(second)).toMatchObject({ state: 'ready' });
}, 120_000);
