// Twenty questions over a dozen conversations: each is answered by the right vCon first, and by what was said in the right dialog of it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const TALKS: Record<string, string[]> = {
  kettle: [
    'Good morning, my kettle leaks at the handle.',
    'I am sorry. When did you buy it?',
    'In May, in your shop at the harbour.',
    'Then the warranty covers it: thirty-six months from purchase.',
  ],
  piano: [
    'When can you deliver the grand piano?',
    'Our movers come on Friday at nine with four people.',
    'The staircase is narrow, one metre twenty.',
    'Then we use the crane; that costs two hundred crowns more.',
  ],
  dentist: [
    'I lost a filling while eating toffee.',
    'Doctor Okafor has a free appointment on Tuesday at half past two.',
    'Will the insurance pay for a ceramic inlay?',
    'Ceramic is paid in part, amalgam in full.',
  ],
  bakery: [
    'We need eighty sourdough rolls for a wedding.',
    'Would you like poppy seeds or sesame on them?',
    'Half of them with poppy seeds, please, and no sesame because of an allergy.',
  ],
  roof: [
    'The storm tore eleven tiles off the roof.',
    'Is rain coming into the attic?',
    'Yes, there is a bucket under the chimney already.',
    'Our roofer arrives tonight and covers it with a tarpaulin.',
  ],
  ferry: [
    'Does the ferry to Hiiumaa take bicycles?',
    'Bicycles travel free of charge, tandems pay half.',
    'And the last departure on Sunday?',
    'The last ferry leaves Rohuküla at twenty-one thirty.',
  ],
  telescope: [
    'The mirror of my telescope is dusty.',
    'Never wipe it; rinse it with distilled water and let it dry upright.',
    'Thank you, the eclipse is in a week.',
  ],
  library: [
    'I would like to renew three atlases.',
    'One of them is reserved by another reader; the other two are renewed until the ninth.',
    'What is the fine for returning late?',
    'Twenty cents a day for each volume.',
  ],
};
const RECORDED: Record<string, string> = {
  goat: 'Agent: Veterinary clinic Lindqvist. Customer: My goat has swallowed a glove and refuses hay. Agent: Bring her in before noon; we make an x-ray.',
  server:
    'Agent: Data centre, night shift. Customer: Rack fourteen is beeping, the second power supply shows amber. Agent: I replace the fan tray under ticket nine nine two.',
};
const QUESTIONS: [question: string, talk: string, dialog: number][] = [
  ['How long is the warranty of the kettle?', 'kettle', 3],
  ['Where does the kettle leak?', 'kettle', 0],
  ['Which shop at the harbour?', 'kettle', 2],
  ['When do the movers come for the piano?', 'piano', 1],
  ['How much more does the crane cost?', 'piano', 3],
  ['How narrow is the staircase?', 'piano', 2],
  ['When is the appointment with Doctor Okafor?', 'dentist', 1],
  ['Is ceramic paid by the insurance?', 'dentist', 3],
  ['Who lost a filling?', 'dentist', 0],
  ['How many sourdough rolls for the wedding?', 'bakery', 0],
  ['Why no sesame, an allergy?', 'bakery', 2],
  ['How many tiles did the storm tear off?', 'roof', 0],
  ['Where is the bucket in the attic?', 'roof', 2],
  ['Who covers the roof with a tarpaulin?', 'roof', 3],
  ['Do tandems travel free on the ferry?', 'ferry', 1],
  ['When does the last ferry leave Rohuküla?', 'ferry', 3],
  ['How to clean the telescope mirror with distilled water?', 'telescope', 1],
  ['What does it cost to return a volume late, each day?', 'library', 3],
  ['What did the goat swallow?', 'goat', 0],
  ['Which power supply in rack fourteen shows amber?', 'server', 0],
];

let parley: ParleySystem;
let store: string;
beforeAll(async () => {
  parley = await startSystem({ streams: [] });
  const made = await fetch(`${parley.emulator.url}/v1/vector_stores`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-e2e', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'talks' }),
  });
  store = ((await made.json()) as { id: string }).id;
  const recording = { type: 'recording', start: '2026-03-01T10:00:00Z', parties: [0, 1], duration: 30 };
  const vcons = [
    ...Object.entries(TALKS).map(([name, lines]) => vconOf(uuidOf(name), 'A call', lines)),
    ...Object.entries(RECORDED).map(([name, body]) =>
      vconOf(uuidOf(name), 'A recorded call', [], {
        dialog: [recording],
        analysis: [{ type: 'transcript', dialog: 0, vendor: 'own', body, encoding: 'none' }],
      }),
    ),
  ];
  for (const { text } of vcons)
    expect((await parley.rest('POST', `/vcons?vector_store_id=${store}`, text)).status).toBe(201);
  for (const { uuid } of vcons)
    while ((await parley.rest('GET', `/vcons/${uuid}/status`)).body['state'] !== 'ready')
      await new Promise((resolve) => setTimeout(resolve, 25));
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

test.each(QUESTIONS)('%s', async (query, talk, dialog) => {
  const { body } = await parley.rest('POST', '/vcons/search', { query, vector_store_id: store });
  const [first] = body['items'] as { uuid: string; dialog?: number }[];
  expect([first?.uuid, first?.dialog]).toEqual([uuidOf(talk), dialog]);
});
