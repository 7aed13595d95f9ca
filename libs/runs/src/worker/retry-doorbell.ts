// Rings when a waiting channel's retry is due. Only a convenience with a face (it can be seen in the queue's
// board): the truth is the delay that RELEASE noted, and every claim looks after those that are due.
import type { ClaimedRun } from '../run/run-record.js';

export abstract class RetryDoorbell {
  abstract schedule(run: ClaimedRun, delayMs: number): Promise<void>;
}
