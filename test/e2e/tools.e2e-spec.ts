// The assistant looks up the weather: once, several times, in vain, for ever.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { requestComplaints } from '../support/request-complaints.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ env: { TOOL_MAX_ROUNDS: '4', TOOL_TIMEOUT_MS: '500' } });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const call = (city: string): string => `[[tool get_weather {"city":"${city}"}]]`;

async function ask(id: string, message: string): Promise<Record<string, unknown>[]> {
  const watcher = await parley.subscribe(id);
  await parley.publish(id, id, message);
  return watcher.answer(id);
}

/** Outputs of tools as the provider got them with the last request of this message. */
async function outputs(id: string): Promise<unknown[]> {
  const mine = (await parley.journal()).filter(({ body }) =>
    JSON.stringify(body?.['input']).includes(`(${id})`),
  );
  const input = mine.at(-1)!.body!['input'] as Record<string, unknown>[];
  return input
    .filter(({ type }) => type === 'function_call_output')
    .map(({ output }) => JSON.parse(output as string));
}

test('a weather question: processing, then an answer that knows the weather', async () => {
  const frames = await ask('berlin', `What is the weather in Berlin? (berlin) ${call('Berlin')}`);
  const order = frames.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]);
  expect(order).toEqual(['started', 'processing', 'responding', 'in_progress', 'completed']);
  expect(frames.at(-1)!['message']).toContain('Berlin');
  expect(await outputs('berlin')).toEqual([
    expect.objectContaining({
      temperature: expect.any(Number),
      feels_like: expect.any(Number),
      humidity: expect.any(Number),
      description: expect.any(String),
      wind_speed: expect.any(Number),
      location: expect.any(String),
    }),
  ]);
  expect(await parley.rabbit.failedCount()).toBe(0);
});

test('three rounds of two calls each; every output goes back', async () => {
  const rounds = [
    ['Rome', 'Paris'],
    ['Oslo', 'Lima'],
    ['Cairo', 'Quito'],
  ];
  const script = rounds.map((cities) => cities.map(call).join(' ')).join(' [[then]] ');
  const frames = await ask('rounds', `Compare them (rounds) ${script}`);
  expect(frames.at(-1)).toMatchObject({ status: 'completed' });
  expect(await outputs('rounds')).toHaveLength(6);
  for (const entry of await parley.journal()) expect(requestComplaints(entry)).toEqual([]);
});

test.each([
  ['a city that nobody knows', 'nowhere', call('Nowhere')],
  ['a weather service that is broken', 'broken', call('Broken')],
  ['a weather service that does not answer', 'slow', call('Slow')],
  ['a tool that does not exist', 'unknown', '[[tool open_the_door {"a":1}]]'],
  ['arguments that do not fit', 'arguments', '[[tool get_weather {"town":5}]]'],
  ['arguments that are not JSON', 'garbage', '[[tool get_weather {"city":]]'],
])('%s is told to the model, and the run goes on', async (_, id, script) => {
  const frames = await ask(id, `Look it up (${id}) ${script}`);
  expect(frames.at(-1)).toMatchObject({ status: 'completed', final_message: true });
});

test('tools without end are ended', async () => {
  const frames = await ask('endless', '(endless) [[tools-forever get_weather {"city":"Rome"}]]');
  expect(frames.at(-1)).toMatchObject({
    status: 'error',
    error_details: expect.stringContaining('tool_rounds_exceeded'),
  });
});

test('without a key the tool is absent and other questions are answered', async () => {
  const dry = await startSystem({ env: { OPENWEATHER_API_KEY: '' }, gateway: false });
  try {
    const watcher = await dry.subscribe('dry');
    await dry.publish('dry', 'm-1', 'hello');
    expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ message: 'You said: hello' });
    expect((await dry.journal())[0]!.body!['tools'] ?? []).toEqual([]);
    expect(dry.delivery.log()).toContain('weather tool is absent');
  } finally {
    await dry.stop();
  }
});
