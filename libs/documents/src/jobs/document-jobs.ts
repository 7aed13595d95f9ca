// Records of documents in Redis, of whatever kind: made by a door, taken up by a worker with a lease, read by anybody of the tenant.
import { Injectable } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import { digest, ParleyError, userKey, userName } from '#contracts';
import { JobQueue } from '#jobs';
import { StateRedis } from '#redis';
import {
  isEnded,
  type DocumentEvent,
  type DocumentFault,
  type DocumentJob,
  type DocumentKind,
  type DocumentProgress,
  type DocumentSpec,
  type DocumentState,
} from './document-job.js';
import { CANCEL, CLAIM, CREATE, END, KEEP_PART, NOTE, PARK, REMOVE } from './document-scripts.js';

/** Longer than a pause of the process; whoever works renews it every few seconds. */
export const LEASE_MS = 15_000;
const DAY_SECONDS = 86_400;
const CHUNK = 100;

export interface DocumentQuery {
  kind: DocumentKind;
  limit: number;
  order: 'asc' | 'desc';
  /** The `next` of the page before. */
  after?: string;
}

export type Claim = 'ok' | 'held' | 'ended' | 'gone';
export type CancelOutcome = 'cancelled' | 'requested' | 'already_finished' | 'not_found';

/** Every method throws ParleyError `state_unavailable`. */
@Injectable()
export class DocumentJobs {
  constructor(
    private readonly redis: StateRedis,
    private readonly queue: JobQueue,
    private readonly config: DocumentsConfig,
  ) {}

  /** Notes it, then rings. A bell that is lost is rung again by the upkeep. */
  async create(spec: DocumentSpec): Promise<void> {
    const { id, tenant } = spec;
    await this.run(CREATE, [id, JSON.stringify(spec), digest(tenant), userOf(spec), this.kept]);
    await this.ring(spec).catch(() => undefined);
  }

  async ring({ id, kind }: Pick<DocumentSpec, 'id' | 'kind'>): Promise<void> {
    await this.queue.add(kind, { id });
  }

  async get<Request, Result>(id: string): Promise<DocumentJob<Request, Result> | undefined> {
    const fields = await this.redis.attempt((client) => client.hgetall(`${this.base}j:${id}`));
    return toJob(fields) as DocumentJob<Request, Result> | undefined;
  }

  /** @throws ParleyError `invalid_cursor` */
  async list(
    tenant: string,
    { kind, limit, order, after }: DocumentQuery,
  ): Promise<{ items: DocumentJob[]; next?: string }> {
    const key = `${this.base}all:${digest(tenant)}`;
    const items: DocumentJob[] = [];
    let from = after === undefined ? 0 : await this.place(key, after, order);
    let last = after;
    for (;;) {
      const ids = await this.redis.attempt((client) =>
        order === 'asc'
          ? client.zrange(key, String(from), String(from + CHUNK - 1))
          : client.zrevrange(key, from, from + CHUNK - 1),
      );
      const gone: string[] = [];
      for (const id of ids) {
        const job = await this.get(id);
        if (job === undefined) gone.push(id);
        else if (job.kind === kind) {
          if (items.length === limit) return { items, next: last! };
          items.push(job);
          last = id;
        }
      }
      // Records end by their expiry; the list is put right by whoever reads it.
      if (gone.length > 0) await this.redis.attempt((client) => client.zrem(key, ...gone));
      if (ids.length < CHUNK) return { items };
      from += CHUNK - gone.length;
    }
  }

  claim(id: string, owner: string): Promise<Claim> {
    return this.run(CLAIM, [id, owner, LEASE_MS]);
  }

  /** Renews the lease too. @returns `lost`: another has it; `cancel`: it is not wanted any more */
  async note(
    id: string,
    owner: string,
    progress?: DocumentProgress,
    events: readonly DocumentEvent[] = [],
  ): Promise<'ok' | 'cancel' | 'lost'> {
    const told = progress === undefined ? events : [...events, { type: 'progress', ...progress }];
    const answer = await this.run<number>(NOTE, [
      id,
      owner,
      LEASE_MS,
      progress === undefined ? '' : JSON.stringify(progress),
      ...told.map((event) => JSON.stringify(event)),
    ]);
    return answer === 0 ? 'lost' : answer === 1 ? 'ok' : 'cancel';
  }

  /** What of it is done, by name of the part. */
  async parts<T>(id: string): Promise<Map<string, T>> {
    const fields = await this.redis.attempt((client) => client.hgetall(`${this.base}p:${id}`));
    return new Map(Object.entries(fields).map(([name, text]) => [name, JSON.parse(text) as T]));
  }

  async keepPart(id: string, owner: string, name: string, part: unknown): Promise<void> {
    await this.run(KEEP_PART, [id, owner, name, JSON.stringify(part)]);
  }

  /** To be tried again after so many ms. */
  async park(id: string, owner: string, ms: number, fault: DocumentFault): Promise<void> {
    await this.run(PARK, [id, owner, Math.round(ms), JSON.stringify(fault)]);
  }

  /** @returns false when another has it, or it has ended */
  async end(
    id: string,
    owner: string,
    state: Extract<DocumentState, 'completed' | 'failed' | 'cancelled'>,
    { result, fault }: { result?: unknown; fault?: DocumentFault } = {},
  ): Promise<boolean> {
    const text = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
    return (await this.run<number>(END, [id, owner, state, text(result), text(fault), this.kept])) === 1;
  }

  cancel(id: string): Promise<CancelOutcome> {
    return this.run(CANCEL, [id, this.kept]);
  }

  async remove(job: DocumentSpec): Promise<boolean> {
    return (await this.run<number>(REMOVE, [job.id, digest(job.tenant), userOf(job)])) === 1;
  }

  async ofUser(tenant: string, user: string): Promise<DocumentJob[]> {
    const key = `${this.base}u:${userKey(tenant, userName(user))}`;
    const ids = await this.redis.attempt((client) => client.zrange(key, '0', '-1'));
    const jobs = await Promise.all(ids.map((id) => this.get(id)));
    return jobs.filter((job) => job !== undefined);
  }

  /** Those that nobody is at: bells that were lost, workers that died, pauses that are over. */
  async due(limit: number): Promise<DocumentJob[]> {
    const ids = await this.redis.attempt((client) =>
      client.zrangebyscore(`${this.base}open`, '-inf', Date.now(), 'LIMIT', 0, limit),
    );
    const jobs = await Promise.all(ids.map((id) => this.get(id)));
    const gone = ids.filter((_, i) => jobs[i] === undefined || isEnded(jobs[i].state));
    if (gone.length > 0) await this.redis.attempt((client) => client.zrem(`${this.base}open`, ...gone));
    return jobs.filter((job) => job !== undefined && !isEnded(job.state)) as DocumentJob[];
  }

  /** Notes that something of this owner lies in the object store, before it does: whoever dies then leaves a trace. */
  async noteKept(tenant: string, id: string, lookAfter: number): Promise<void> {
    await this.redis.attempt((client) => client.zadd(`${this.base}kept`, lookAfter, `${id} ${tenant}`));
  }

  async forgetKept(tenant: string, id: string): Promise<void> {
    await this.redis.attempt((client) => client.zrem(`${this.base}kept`, `${id} ${tenant}`));
  }

  /** What should be gone by now, or looked at again. */
  async dueKept(limit: number): Promise<KeptNote[]> {
    const members = await this.redis.attempt((client) =>
      client.zrangebyscore(`${this.base}kept`, '-inf', Date.now(), 'LIMIT', 0, limit),
    );
    return members.map(readNote);
  }

  /** All that is noted as kept. */
  async *allKept(): AsyncGenerator<KeptNote> {
    for (const member of await this.redis.attempt((client) => client.zrange(`${this.base}kept`, '0', '-1')))
      yield readNote(member);
  }

  /** @param after id of the last one heard; '' = from the start */
  async events(id: string, after: string): Promise<{ id: string; event: DocumentEvent }[]> {
    const rows = await this.redis.attempt((client) =>
      client.xrange(`${this.base}e:${id}`, after === '' ? '-' : `(${after}`, '+', 'COUNT', 500),
    );
    return rows.map(([row, fields]) => ({ id: row, event: JSON.parse(fields[1]!) as DocumentEvent }));
  }

  private async place(key: string, after: string, order: 'asc' | 'desc'): Promise<number> {
    const rank = await this.redis.attempt((client) =>
      order === 'asc' ? client.zrank(key, after) : client.zrevrank(key, after),
    );
    if (rank === null) throw new ParleyError('invalid_cursor', 'unable to list documents; not a cursor');
    return rank + 1;
  }

  private run<T>(script: Parameters<StateRedis['run']>[0], args: (string | number)[]): Promise<T> {
    return this.redis.run<T>(script, [this.base], args);
  }

  private get base(): string {
    return this.redis.keys.documents;
  }

  private get kept(): number {
    return this.config.keptDays * DAY_SECONDS;
  }
}

const userOf = ({ tenant, user }: DocumentSpec): string =>
  userName(user) === '' ? '' : userKey(tenant, userName(user));

function toJob(fields: Record<string, string>): DocumentJob | undefined {
  const { spec, state, attempt, progress, started_at, ended_at, result, fault, cancel } = fields;
  if (spec === undefined) return undefined;
  return {
    ...(JSON.parse(spec) as DocumentSpec),
    state: state as DocumentState,
    attempt: Number(attempt),
    ...(progress !== undefined && { progress: JSON.parse(progress) as DocumentProgress }),
    ...(started_at !== undefined && { started_at: Number(started_at) }),
    ...(ended_at !== undefined && { ended_at: Number(ended_at) }),
    ...(result !== undefined && { result: JSON.parse(result) as unknown }),
    ...(fault !== undefined && { fault: JSON.parse(fault) as DocumentFault }),
    cancel_requested: cancel !== undefined,
  };
}

interface KeptNote {
  id: string;
  tenant: string;
}

function readNote(member: string): KeptNote {
  const space = member.indexOf(' ');
  return { id: member.slice(0, space), tenant: member.slice(space + 1) };
}
