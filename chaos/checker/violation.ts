// A broken promise, with the place where to look. The numbers are those of the delivery invariants.

export type Invariant =
  'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I14';

export interface Violation {
  invariant: Invariant;
  text: string;
  channel?: string;
  run_id?: string;
}

export const INVARIANTS: Record<Invariant, string> = {
  I1: 'every accepted message ends exactly once; what was not accepted never runs',
  I2: 'deltas, final text and the provider agree; a new attempt says that it supersedes',
  I3: 'runs of a channel follow acceptance, one at a time; a source keeps its order',
  I4: 'a subscriber misses nothing and sees nothing twice; resets are explicit and have a cause',
  I5: 'offsets are 1, 2, 3 … and an older attempt never writes after a newer one',
  I6: 'everything comes to rest, and what a dead worker held is taken over in time',
  I7: 'every asked-for reply is sent, always the same one; Kafka’s answers exactly once',
  I8: 'a finished tool call is never made again',
  I9: 'health tells the truth within five seconds',
  I10: 'one place in one epoch never holds two different events',
  I11: 'secrets and content stay out of logs and metrics',
  I12: 'poison ends in the failed queue with its reason and harms nobody',
  I14: 'the answer to a cancel agrees with the end of the run',
};
