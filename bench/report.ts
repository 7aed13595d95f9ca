// Figures with their targets: as a table, as a file, and beside those of the run before.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './measure/machine.js';

export interface Figure {
  /** Stable over time, so that runs can be compared. */
  id: string;
  what: string;
  unit: string;
  /** Of the best round: the one that the rest of the machine disturbed least. */
  value: number;
  /** Of the round in the middle. */
  median?: number;
  /** The bare floor's, of its best round. */
  floor?: number;
  target?: { most: number } | { least: number };
  /**
   * For a target in ms that was set on another machine: how many times the floor it was there. Where the floor itself
   * takes longer, this is the bound that says something.
   */
  timesFloor?: number;
}

export type Verdict = 'ok' | 'ok by floor' | 'MISSED';

export interface Saved {
  time: string;
  machine: Machine;
  quick: boolean;
  rounds: number;
  figures: Figure[];
}

export function judge({ value, target, floor, timesFloor }: Figure): Verdict {
  if (target === undefined) return 'ok';
  if ('least' in target) return value >= target.least ? 'ok' : 'MISSED';
  if (value <= target.most) return 'ok';
  const bound = floor !== undefined && timesFloor !== undefined ? floor * timesFloor : target.most;
  return value <= bound ? 'ok by floor' : 'MISSED';
}

/** @param before figures of an earlier run */
export function toTable(figures: readonly Figure[], before: readonly Figure[]): string {
  const old = new Map(before.map((figure) => [figure.id, figure.value]));
  const rows = figures.map((figure) => {
    const { id, what, unit, value, median, floor, target, timesFloor } = figure;
    const bound = target && ('most' in target ? `≤ ${text(target.most)}` : `≥ ${text(target.least)}`);
    return [
      what,
      bound ?? '',
      text(value),
      median === undefined ? '' : text(median),
      floor === undefined ? '' : text(floor),
      floor === undefined ? '' : `${text(value / floor)}${timesFloor ? ` (≤ ${text(timesFloor)})` : ''}`,
      unit,
      target === undefined ? '' : judge(figure),
      old.has(id) ? text(old.get(id)!) : '',
    ];
  });
  const all = [['', 'target', 'best', 'median', 'floor', '× floor', 'unit', '', 'last time'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The newest saved run of the same form. */
export function readLast(dir: string, quick: boolean): Saved | undefined {
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith('.json'));
  } catch {
    return undefined; // the first run on this machine
  }
  for (const name of names.toSorted().toReversed()) {
    const saved = JSON.parse(readFileSync(join(dir, name), 'utf8')) as Saved;
    if (saved.quick === quick) return saved;
  }
  return undefined;
}

/** @returns the file's path */
export function save(dir: string, saved: Saved): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${saved.time.replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(saved, null, 2)}\n`);
  return file;
}

function text(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
