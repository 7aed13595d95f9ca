// What this process itself is just sending to Redis. Whoever waits for its effect asks right behind it, in the same write, and need not
// wait for the hint that Redis gives to everybody.
import { Injectable } from '@nestjs/common';
import { randomName } from '#contracts';

@Injectable()
export class OwnWork {
  private readonly id = randomName(6);
  private onAdmission: (() => void) | undefined;
  private onEnd: (() => void) | undefined;

  /** Named in the hint that an admission gives, so that it is known here as our own; '' where nobody listens to it. */
  get name(): string {
    return this.onAdmission === undefined ? '' : this.id;
  }

  /** @param listener called once for all admissions of one turn of the event loop, behind what they have sent */
  listenToAdmissions(listener: () => void): void {
    this.onAdmission = behind(listener);
  }

  /** @param listener the same for ends of runs */
  listenToEnds(listener: () => void): void {
    this.onEnd = behind(listener);
  }

  admitting(): void {
    this.onAdmission?.();
  }

  ending(): void {
    this.onEnd?.();
  }
}

function behind(listener: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      listener();
    });
  };
}
