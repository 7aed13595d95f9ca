// What a process has cost so far, as Linux tells it in /proc. Knows nothing of what it runs.
import { readFileSync } from 'node:fs';

/** Linux reports CPU time in these, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** User and system time of all threads, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; utime and stime are the 12th and 13th fields behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

/** Resident set in KiB. */
export function rssKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

/** Starts a stopwatch over several processes; the returned function gives the CPU ms of each since then. */
export function watchCpu<Name extends string>(pids: Record<Name, number>): () => Record<Name, number> {
  const names = Object.keys(pids) as Name[];
  const read = () => names.map((name) => cpuMs(pids[name]));
  const before = read();
  return () => {
    const after = read();
    return Object.fromEntries(names.map((name, i) => [name, after[i]! - before[i]!])) as Record<Name, number>;
  };
}
