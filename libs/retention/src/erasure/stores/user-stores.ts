// What is kept by user alone, or by channel alone.
import { Injectable } from '@nestjs/common';
import { ChannelAssistants } from '#assistants';
import { AnswerCache, SimilarAnswers } from '#completions';
import type { Subject } from '#contracts';
import { FeedbackStore, RunErasure } from '#runs';
import { PersonalUsageData } from '#usage';
import type { Erased, PersonalStore } from '../personal-store.js';

@Injectable()
export class CachedAnswers implements PersonalStore {
  readonly name = 'cached_answers';

  constructor(
    private readonly cache: AnswerCache,
    private readonly similar: SimilarAnswers,
  ) {}

  async *export({ tenant, kind, name }: Subject): AsyncGenerator<object> {
    if (kind === 'user') yield* await this.cache.ofUser(tenant, name);
  }

  async erase({ tenant, kind, name }: Subject): Promise<Erased> {
    if (kind !== 'user') return { removed: 0 };
    // What leads to the answers first, so that one that is cut off finds it again.
    await this.similar.eraseUser(tenant, name);
    return { removed: await this.cache.eraseUser(tenant, name) };
  }
}

/** Sums keep their figures without the name. */
@Injectable()
export class UsageIdentity implements PersonalStore {
  readonly name = 'usage';

  constructor(private readonly usage: PersonalUsageData) {}

  async *export({ tenant, kind, name }: Subject): AsyncGenerator<object> {
    if (kind !== 'user') return;
    const { periods, rows } = await this.usage.exportUser(tenant, name);
    yield* periods;
    yield* rows;
  }

  async erase({ tenant, kind, name }: Subject): Promise<Erased> {
    if (kind !== 'user') return { removed: 0 };
    const { rows, periods } = await this.usage.eraseUser(tenant, name);
    return { removed: rows + periods };
  }
}

/** What the user said of answers; of a channel what anybody said of the answers in it. */
@Injectable()
export class GivenFeedback implements PersonalStore {
  readonly name = 'feedback';

  constructor(
    private readonly feedback: FeedbackStore,
    private readonly runs: RunErasure,
  ) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    if (subject.kind === 'user') return yield* await this.feedback.ofUser(subject.tenant, subject.name);
    for (const { run_id } of await this.runs.runsOf(subject))
      for (const one of await this.feedback.of(run_id)) yield { run_id, ...one };
  }

  async erase(subject: Subject): Promise<Erased> {
    if (subject.kind === 'user')
      return { removed: await this.feedback.eraseUser(subject.tenant, subject.name) };
    let removed = 0;
    for (const { run_id } of await this.runs.runsOf(subject)) removed += await this.feedback.eraseRun(run_id);
    return { removed };
  }
}

@Injectable()
export class ChosenAssistant implements PersonalStore {
  readonly name = 'chosen_assistant';

  constructor(private readonly choices: ChannelAssistants) {}

  async *export({ tenant, kind, name }: Subject): AsyncGenerator<object> {
    const choice = kind === 'channel' ? await this.choices.get({ tenant, channel: name }) : undefined;
    if (choice !== undefined) yield choice;
  }

  async erase({ tenant, kind, name }: Subject): Promise<Erased> {
    if (kind !== 'channel') return { removed: 0 };
    return { removed: Number(await this.choices.delete({ tenant, channel: name })) };
  }
}
