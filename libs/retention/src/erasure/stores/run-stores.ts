// What runs keep. Unfinished ones are ended first of all; their records go last, because the lists that lead to everything else
// go with them.
import { Injectable } from '@nestjs/common';
import type { Subject } from '#contracts';
import { BatchErasure, RunErasure, StreamErasure } from '#runs';
import type { Erased, PersonalStore } from '../personal-store.js';

/** A worker that is told stops at once; one that died is replaced after its lease. */
const STOP_MS = 20_000;

@Injectable()
export class UnfinishedRuns implements PersonalStore {
  readonly name = 'unfinished_runs';

  constructor(private readonly runs: RunErasure) {}

  /** They are among the runs. */
  async *export(): AsyncGenerator<object> {}

  async erase(subject: Subject): Promise<Erased> {
    const { stopped, open } = await this.runs.stop(subject, STOP_MS);
    return { removed: stopped, left: open };
  }
}

@Injectable()
export class UnsentReplies implements PersonalStore {
  readonly name = 'unsent_replies';

  constructor(private readonly streams: StreamErasure) {}

  export(subject: Subject): AsyncIterable<object> {
    return this.streams.export(subject, 'outbox');
  }

  async erase(subject: Subject): Promise<Erased> {
    return { removed: await this.streams.erase(subject, 'outbox') };
  }
}

@Injectable()
export class DeadLetters implements PersonalStore {
  readonly name = 'dead_letters';

  constructor(private readonly streams: StreamErasure) {}

  export(subject: Subject): AsyncIterable<object> {
    return this.streams.export(subject, 'dead');
  }

  async erase(subject: Subject): Promise<Erased> {
    return { removed: await this.streams.erase(subject, 'dead') };
  }
}

@Injectable()
export class BatchedRequests implements PersonalStore {
  readonly name = 'batched_requests';

  constructor(private readonly batches: BatchErasure) {}

  export(subject: Subject): AsyncIterable<object> {
    return this.batches.export(subject);
  }

  async erase(subject: Subject): Promise<Erased> {
    return { removed: await this.batches.erase(subject) };
  }
}

@Injectable()
export class Runs implements PersonalStore {
  readonly name = 'runs';

  constructor(private readonly runs: RunErasure) {}

  export(subject: Subject): AsyncIterable<object> {
    return this.runs.records(subject);
  }

  async erase(subject: Subject): Promise<Erased> {
    const { erased, open } = await this.runs.eraseRuns(subject);
    return { removed: erased, left: open };
  }
}

/** Events are erased with their runs; what is left of a channel without any are its name and offsets. */
@Injectable()
export class Channels implements PersonalStore {
  readonly name = 'channels';

  constructor(private readonly runs: RunErasure) {}

  export(subject: Subject): AsyncIterable<object> {
    return this.runs.events(subject);
  }

  async erase(subject: Subject): Promise<Erased> {
    return { removed: await this.runs.forgetChannels(subject) };
  }
}
