// What looking for personal data adds to a message, and putting it back to a delta: in this process, beside a bare copy of the same text.
import { findPersonalData, PersonalDataMasker, PlaceholderStream } from '#privacy';
import { awaitQuiet } from '../measure/machine.js';
import { median } from '../measure/percentiles.js';
import type { Figure } from '../report.js';
import type { Case } from './case.js';

/** About one datum in 400 characters, and numbers that are none: what people paste into a chat. */
const CHAT = `Hi, thanks for the quick answer yesterday. The order 4711-0815 from 2026-11-25 has not arrived, the parcel says 00340434161094042557 and
the page shows an error since 10:30. Could you have a look? I am on version 10.4.0.1, the price was 1,299.00 EUR and we need it by Friday at noon.
You can reach me under ada.lovelace@example.org or +44 20 7946 0958; if nobody answers, Grace is there as well, she knows everything about it.
Wir brauchen die Rechnung noch einmal, bitte mit der richtigen Anschrift und ohne den Rabatt, der uns ja gar nicht zusteht. Vielen Dank!
Please explain the difference between the two plans in a few sentences, with a table, and say which one you would take for a team of twelve. `;
const KIB = CHAT.repeat(2).slice(0, 1_024);
const LARGE = CHAT.repeat(Math.ceil(2 ** 20 / CHAT.length)).slice(0, 2 ** 20);

export const privacy: Case = {
  name: 'privacy',
  async run(settings) {
    const times = settings.quick ? 2_000 : 10_000;
    const rates: number[] = [];
    const copies: number[] = [];
    const messages: number[] = [];
    const searches: number[] = [];
    const deltas: number[] = [];
    const appends: number[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      await awaitQuiet(settings);
      rates.push(1 / secondsOf(5, () => findPersonalData(LARGE).length));
      copies.push(1 / secondsOf(5, () => Buffer.from(LARGE, 'latin1').length));
      messages.push(
        secondsOf(times, () => new PersonalDataMasker({ mode: 'placeholder' }).mask(KIB).length) * 1e6,
      );
      searches.push(
        secondsOf(times, () => KIB.match(/[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,63}/g)?.length ?? 0) * 1e6,
      );
      const [ours, bare] = perDelta(times);
      deltas.push(ours);
      appends.push(bare);
      settings.note(
        `${rates.at(-1)!.toFixed(0)} MiB/s, ${messages.at(-1)!.toFixed(1)} µs a KiB, ${ours.toFixed(3)} µs a delta`,
      );
    }
    const least = (id: string, what: string, values: number[], floor: number[]): Figure => ({
      id: `privacy.${id}`,
      what,
      unit: 'µs',
      value: Math.min(...values),
      median: median(values),
      floor: Math.min(...floor),
    });
    return [
      {
        id: 'privacy.rate',
        what: 'personal data found, chat (floor: a copy)',
        unit: 'MiB/s',
        value: Math.max(...rates),
        median: median(rates),
        floor: Math.max(...copies),
      },
      least('message', 'a message of 1 KiB masked (floor: one regex)', messages, searches),
      least('delta', 'values put back, per delta (floor: a concatenation)', deltas, appends),
    ];
  },
};

let sink = 0;

/** Of one call, after as many that only warm up. The sum keeps the work from being left out. */
function secondsOf(times: number, work: () => number): number {
  for (let i = 0; i < times; i++) sink += work();
  const begun = performance.now();
  for (let i = 0; i < times; i++) sink += work();
  return (performance.now() - begun) / 1_000 / times;
}

/** µs per delta of about four characters, of an answer with placeholders: ours, and one that only joins them. */
function perDelta(times: number): [number, number] {
  const masker = new PersonalDataMasker({ mode: 'placeholder' });
  const deltas = masker.mask(CHAT).match(/[^]{1,4}/g)!;
  const answers = Math.max(1, Math.round(times / 100));
  const ours = secondsOf(answers, () => {
    const stream = new PlaceholderStream(masker);
    let length = 0;
    for (const delta of deltas) length += stream.push(delta).length;
    return length + stream.flush().length;
  });
  const bare = secondsOf(answers, () => {
    let text = '';
    for (const delta of deltas) text += delta;
    return Buffer.byteLength(text);
  });
  return [(ours * 1e6) / deltas.length, (bare * 1e6) / deltas.length];
}
