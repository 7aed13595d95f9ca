// Reads the labelled texts of the fixtures: `⟦kind:value⟧` marks a datum, ⏎ is a line break, and ¦ is a joint inside of made-up keys that is
// taken out here, so that scanners for leaked keys leave the files alone.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PiiKind } from '#config';
import type { Finding } from './finding.js';

export interface Labelled {
  file: string;
  text: string;
  labels: Finding[];
}

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

export function readCorpus(): Labelled[] {
  return readdirSync(FIXTURES)
    .sort()
    .flatMap((file) =>
      readFileSync(FIXTURES + file, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => ({ file, ...readLine(line) })),
    );
}

function readLine(line: string): { text: string; labels: Finding[] } {
  const labels: Finding[] = [];
  let text = '';
  for (const part of line.replaceAll('⏎', '\n').replaceAll('¦', '').split(/⟦|⟧/)) {
    const label = /^(secret|iban|card|email|ssn|ip|phone):/.exec(part);
    const isLabel = label !== null && line.includes(`⟦${label[0]}`);
    const value = isLabel ? part.slice(label[0].length) : part;
    if (isLabel)
      labels.push({ kind: label[1] as PiiKind, start: text.length, end: text.length + value.length });
    text += value;
  }
  return { text, labels };
}
