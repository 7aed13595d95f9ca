// What every measurement is given and gives back.
import type { Figure } from '../report.js';
import type { Surroundings } from '../rig/rig.js';

export interface Settings extends Surroundings {
  /** How often floor and ours take turns. */
  rounds: number;
  /** Shorter loads, for every day; the targets stay. */
  quick: boolean;
  /** Redis' appendfsync while streams are measured; intake always has `always`. */
  fsync: 'always' | 'everysec';
  /** A line for whoever waits. */
  note(line: string): void;
}

export interface Case {
  name: string;
  run(settings: Settings): Promise<Figure[]>;
}
