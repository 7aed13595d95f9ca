// What people thought of answers: one score per run and person, the last one counts, and the mean of a sliding window.
import { Injectable } from '@nestjs/common';
import { FeedbackConfig } from '#config';
import { userKey, userName, type MessageSource } from '#contracts';
import { StateRedis } from '#redis';
import type { RunRecord } from '../run/run-record.js';
import { ERASE_FEEDBACK, ERASE_FEEDBACK_ON, GIVE_FEEDBACK, SUM_FEEDBACK } from './feedback.lua.js';

export type Score = 1 | 2 | 3 | 4 | 5;

export interface Feedback {
  score: Score;
  /** Kept only where FEEDBACK_COMMENTS says so. */
  comment?: string;
}

export interface Satisfaction {
  /** The door by which the runs came in. */
  source: MessageSource;
  /** In the window; at least 1. */
  count: number;
  /** 1 to 5. */
  mean: number;
}

@Injectable()
export class FeedbackStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: FeedbackConfig,
  ) {}

  /** @param user as the asker is called in his tenant @returns whether it takes the place of what he had said before */
  async give(
    run: RunRecord,
    user: string,
    { score, comment = '' }: Feedback,
  ): Promise<{ replaced: boolean }> {
    const kept = this.config.comments ? comment : '';
    const person = personOf(run.tenant, user);
    const replaced = await this.call<number>(GIVE_FEEDBACK, run.run_id, person, score, run.source, kept);
    return { replaced: replaced === 1 };
  }

  /** Of all people, in no order, without their names. */
  async of(run_id: string): Promise<Feedback[]> {
    const entries = await this.redis.attempt((client) =>
      client.hvals(`${this.redis.keys.feedback}run:${run_id}`),
    );
    return entries.map(toFeedback);
  }

  /** Only of sources that have feedback in the window. */
  async satisfaction(): Promise<Satisfaction[]> {
    const flat = await this.call<string[]>(SUM_FEEDBACK);
    const sums = new Map(
      flat.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(flat[i + 1])] as const] : [])),
    );
    return [...sums].flatMap(([name, count]) => {
      if (!name.endsWith(':n') || count < 1) return [];
      const source = name.slice(0, -':n'.length) as MessageSource;
      return [{ source, count, mean: sums.get(`${source}:sum`)! / count }];
    });
  }

  /** @returns how many pieces of feedback were removed */
  eraseUser(tenant: string, user: string): Promise<number> {
    return this.call(ERASE_FEEDBACK, personOf(tenant, user));
  }

  /** What all people said of a run. @returns how many pieces of feedback were removed */
  eraseRun(run_id: string): Promise<number> {
    return this.call(ERASE_FEEDBACK_ON, run_id);
  }

  /** What a person said, by run. */
  async ofUser(tenant: string, user: string): Promise<(Feedback & { run_id: string })[]> {
    const { feedback } = this.redis.keys;
    const person = personOf(tenant, user);
    const runs = await this.redis.attempt((client) => client.smembers(`${feedback}of:${person}`));
    const entries = await this.redis.attempt((client) =>
      Promise.all(runs.map((run) => client.hget(`${feedback}run:${run}`, person))),
    );
    return entries.flatMap((entry, i) =>
      entry === null ? [] : [{ run_id: runs[i]!, ...toFeedback(entry) }],
    );
  }

  private call<T>(script: typeof GIVE_FEEDBACK, ...args: (string | number)[]): Promise<T> {
    const base = this.redis.keys.feedback;
    return this.redis.run<T>(script, [`${base}window`], [base, this.config.seconds, ...args]);
  }
}

function toFeedback(entry: string): Feedback {
  const [, score, comment] = /^(\d) \w+ ([^]*)$/.exec(entry)!;
  return { score: Number(score) as Score, ...(comment !== '' && { comment: comment! }) };
}

const personOf = (tenant: string, user: string): string => userKey(tenant, userName(user)) || 'nobody';
