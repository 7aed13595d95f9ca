// Entries about a user or a channel in the two streams that belong to nobody's list: what must still leave, and dead letters. Both
// are short, so they are walked.
import { Injectable } from '@nestjs/common';
import { userName, type Subject } from '#contracts';
import { StateRedis, type ShardKeys } from '#redis';
import { RunErasure } from './run-erasure.js';

const KINDS = ['amqp', 'kafka'] as const;
const BATCH = 256;

interface OutboxLine {
  channel?: string;
  reply: { echo?: { user_email?: unknown } };
  end?: { run_id: string };
}

interface LetterLine {
  run_id: string;
  tenant: string;
  channel: string;
  user?: string;
}

type Stream = 'outbox' | 'dead';

@Injectable()
export class StreamErasure {
  constructor(
    private readonly redis: StateRedis,
    private readonly runs: RunErasure,
  ) {}

  async *export(subject: Subject, stream: Stream): AsyncGenerator<object> {
    for await (const { json } of this.find(subject, stream)) yield JSON.parse(json) as object;
  }

  /** @returns how many entries were removed */
  async erase(subject: Subject, stream: Stream): Promise<number> {
    let removed = 0;
    for await (const { key, id } of this.find(subject, stream))
      removed += await this.redis.attempt((client) => client.xdel(key, id));
    return removed;
  }

  private async *find(
    subject: Subject,
    stream: Stream,
  ): AsyncGenerator<{ key: string; id: string; json: string }> {
    const runs = new Set((await this.runs.runsOf(subject)).map(({ run_id }) => run_id));
    const isMine = stream === 'dead' ? isLetterOf(subject, runs) : isEntryOf(subject, runs);
    for (const key of this.redis.keys.all().flatMap((shard) => streamsOf(shard, stream)))
      for await (const [id, json] of this.walk(key)) if (isMine(json)) yield { key, id, json };
  }

  private async *walk(key: string): AsyncGenerator<[id: string, json: string]> {
    for (let from = '-'; ;) {
      const start = from;
      const rows = await this.redis.attempt((client) => client.xrange(key, start, '+', 'COUNT', BATCH));
      for (const [id, fields] of rows) yield [id, fields[1]!];
      if (rows.length < BATCH) return;
      from = `(${rows.at(-1)![0]}`;
    }
  }
}

const streamsOf = (shard: ShardKeys, stream: Stream): string[] =>
  stream === 'dead' ? [shard.dead] : KINDS.map((kind) => shard.outbox(kind));

/** Refusals have no run; of those only the echo says whose they are, and echoes belong to Kafka's one tenant. */
const isEntryOf =
  (subject: Subject, runs: ReadonlySet<string>) =>
  (json: string): boolean => {
    const { reply, end } = JSON.parse(json) as OutboxLine;
    if (end !== undefined) return runs.has(end.run_id);
    const named = reply.echo?.user_email;
    return subject.kind === 'user' && typeof named === 'string' && userName(named) === userName(subject.name);
  };

const isLetterOf =
  ({ tenant, kind, name }: Subject, runs: ReadonlySet<string>) =>
  (json: string): boolean => {
    const letter = JSON.parse(json) as LetterLine;
    if (letter.tenant !== tenant) return false;
    if (runs.has(letter.run_id)) return true;
    return kind === 'channel' ? letter.channel === name : userName(letter.user) === userName(name);
  };
