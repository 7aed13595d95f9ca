// Puts a process ahead of the machine's other work, so that a shared machine disturbs a measurement less. Floors, Parley,
// the provider and the clients all get the same.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICE = -15;

/** @returns false where it is not permitted */
export function putAhead(pid: number): boolean {
  try {
    setPriority(pid, NICE);
    // Linux weighs sessions first, and processes only inside one of them.
    writeFileSync(`/proc/${pid}/autogroup`, String(NICE));
    return true;
  } catch {
    return false; // needs root, or Linux without autogroups: then the measurement goes on as one among others
  }
}
