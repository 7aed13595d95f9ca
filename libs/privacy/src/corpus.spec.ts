// Precision and recall over the labelled texts, printed as a table; the floors are what was reached.
import { describe, expect, it } from '@jest/globals';
import { PII_KINDS } from '#config';
import { readCorpus, type Labelled } from './corpus.js';
import { findPersonalData } from './detect.js';
import type { Finding } from './finding.js';

interface Count {
  hits: number;
  missed: number;
  wrong: number;
}

const key = ({ kind, start, end }: Finding): string => `${kind} ${start} ${end}`;
const precision = ({ hits, wrong }: Count): number => (hits + wrong === 0 ? 1 : hits / (hits + wrong));
const recall = ({ hits, missed }: Count): number => (hits + missed === 0 ? 1 : hits / (hits + missed));

/** A finding counts when kind and both ends are right; everything else is wrong and missed at once. */
function count(corpus: readonly Labelled[]): { counts: Map<string, Count>; faults: string[] } {
  const counts = new Map<string, Count>(PII_KINDS.map((kind) => [kind, { hits: 0, missed: 0, wrong: 0 }]));
  const faults: string[] = [];
  for (const { file, text, labels } of corpus) {
    const found = findPersonalData(text);
    const expected = new Set(labels.map(key));
    const given = new Set(found.map(key));
    for (const label of labels) counts.get(label.kind)![given.has(key(label)) ? 'hits' : 'missed']++;
    for (const finding of found) if (!expected.has(key(finding))) counts.get(finding.kind)!.wrong++;
    for (const one of [...labels, ...found])
      if (expected.has(key(one)) !== given.has(key(one)))
        faults.push(
          `${file}: ${given.has(key(one)) ? 'wrong' : 'missed'} ${one.kind} ${text.slice(one.start, one.end)} in ${text}`,
        );
  }
  const all = { hits: 0, missed: 0, wrong: 0 };
  for (const each of counts.values())
    for (const name of ['hits', 'missed', 'wrong'] as const) all[name] += each[name];
  return { counts: counts.set('all', all), faults };
}

describe('the labelled texts', () => {
  const corpus = readCorpus();
  const { counts, faults } = count(corpus);

  it('are many, in five formats, a third of them without personal data', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(240);
    expect(new Set(corpus.map(({ file }) => file)).size).toBe(5);
    const without = corpus.filter(({ labels }) => labels.length === 0).length;
    expect(without / corpus.length).toBeGreaterThan(1 / 3);
  });

  it('are found with few faults', () => {
    const rows = [...counts].map(
      ([kind, each]) =>
        `${kind.padEnd(8)}${String(each.hits).padStart(6)}${String(each.missed).padStart(8)}${String(each.wrong).padStart(7)}` +
        `${precision(each).toFixed(3).padStart(11)}${recall(each).toFixed(3).padStart(8)}`,
    );
    const head = 'kind      hits  missed  wrong  precision  recall';
    process.stdout.write(`\n${[head, ...rows, '', ...faults].join('\n')}\n`);
    const all = counts.get('all')!;
    expect(precision(all)).toBeGreaterThanOrEqual(0.98);
    expect(recall(all)).toBeGreaterThanOrEqual(0.98);
  });
});
