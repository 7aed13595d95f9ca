// What Redis holds of requests that go by batches, with types. It decides by scripts alone; whoever calls carries out.
import { Injectable } from '@nestjs/common';
import type { ModelOutcome } from '#openai';
import { StateRedis, type Script, type ScriptArgument } from '#redis';
import {
  BATCH_ASK,
  BATCH_CLOSE,
  BATCH_ENLIST,
  BATCH_GATHER,
  BATCH_NOTE,
  BATCH_SETTLE,
  BATCH_WAITING,
} from '../scripts/batch.lua.js';

/** `forming` until its file is with the provider, `uploaded` until its batch is known, then `running`. */
export type BatchState = 'forming' | 'uploaded' | 'running';

export interface BatchRecord {
  /** Ours: part of the file's name and of the batch's metadata, so that both can be found again. */
  name: string;
  state: BatchState;
  /** Requests that it began with. */
  count: number;
  /** Of those, how many still wait for it. */
  wanted: number;
  /** The provider's ids, once known. */
  file: string | undefined;
  batch: string | undefined;
  /** Failures in a row to get it to the provider. */
  tries: number;
  /** UTC ms before which it is left alone. */
  not_before: number;
}

export interface EnlistedRequest {
  run_id: string;
  chk: string;
  model: string;
  line: string;
  /** Tells later whether the run would ask the same; '' when that is no matter. */
  digest: string;
  /** UTC ms */
  gone_at: number;
}

export type Asked =
  | { state: 'none' | 'waiting' }
  /** `unsent`: no batch can cost anything for it any more. */
  | { state: 'direct'; unsent: boolean }
  | { state: 'answered'; outcome: ModelOutcome; digest: string };

/** Names what is reserved for a request in a batch, beside the calls that its run may make itself. */
export const batchCallId = (runId: string): string => `${runId}:batch`;

/** Of which run, and whether it waits for the result. */
export interface Settled {
  wanted: boolean;
  /** '' when nobody knows any more. */
  chk: string;
}

export interface Settlement {
  run_id: string;
  /** `ended`: its run needs nothing any more. */
  state: 'answered' | 'failed' | 'ended';
  outcome?: ModelOutcome;
}

/** Bounds how long Redis is busy with one call. */
const PER_CALL = 500;

@Injectable()
export class BatchStore {
  constructor(private readonly redis: StateRedis) {}

  enlist({ run_id, chk, model, line, digest, gone_at }: EnlistedRequest): Promise<string> {
    return this.run(BATCH_ENLIST, run_id, chk, model, line, Buffer.byteLength(line) + 1, gone_at, digest);
  }

  /** @param late there is no time left to wait */
  async ask(runId: string, late: boolean): Promise<Asked> {
    const [state, outcome, digest] = await this.run<[Asked['state'], string?, (string | null)?]>(
      BATCH_ASK,
      runId,
      late ? 1 : 0,
    );
    if (state === 'answered')
      return { state, outcome: JSON.parse(outcome!) as ModelOutcome, digest: digest ?? '' };
    return state === 'direct' ? { state, unsent: outcome !== 'sent' } : { state };
  }

  async waiting(): Promise<{ model: string; count: number; ageMs: number }[]> {
    const flat = await this.run<(string | number)[]>(BATCH_WAITING);
    return Array.from({ length: flat.length / 3 }, (_, i) => ({
      model: String(flat[3 * i]),
      count: Number(flat[3 * i + 1]),
      ageMs: Number(flat[3 * i + 2]),
    }));
  }

  /** Fills a new batch with those that wait longest. */
  async gather(model: string, name: string, most: { requests: number; bytes: number }): Promise<void> {
    const once = () => this.run<number>(BATCH_GATHER, model, name, most.requests, most.bytes, PER_CALL);
    while ((await once()) === PER_CALL);
  }

  async all(): Promise<BatchRecord[]> {
    const names = await this.redis.attempt((client) => client.smembers(`${this.base}all`));
    const records = await Promise.all(names.map((name) => this.find(name)));
    return records.filter((record) => record !== undefined);
  }

  async find(name: string): Promise<BatchRecord | undefined> {
    const f = await this.redis.attempt((client) => client.hgetall(`${this.base}b:${name}`));
    if (f['state'] === undefined) return undefined;
    return {
      name,
      state: f['state'] as BatchState,
      count: Number(f['count']),
      wanted: Number(f['wanted']),
      file: f['file'],
      batch: f['batch'],
      tries: Number(f['tries'] ?? 0),
      not_before: Number(f['not_before'] ?? 0),
    };
  }

  /** @returns false when it is not in that state any more, or gone: then nothing is noted */
  async note(
    { name, state }: BatchRecord,
    fields: Partial<Omit<BatchRecord, 'name' | 'count' | 'wanted'>>,
  ): Promise<boolean> {
    const flat = Object.entries(fields).flatMap(([field, value]) => [field, value ?? '']);
    return (await this.run<number>(BATCH_NOTE, name, state, ...flat)) === 1;
  }

  /** Runs of a batch that no result has been given to yet. */
  runs(name: string): Promise<string[]> {
    return this.redis.attempt((client) => client.smembers(`${this.base}b:${name}:runs`));
  }

  /** Of the runs that wait for their batch: run id → channel key. */
  async places(runIds: readonly string[]): Promise<Map<string, string>> {
    const found = await this.read(runIds, 'chk');
    return new Map(found.map(({ run_id, value }) => [run_id, value]));
  }

  /** Their requests, as they are to be sent. */
  async lines(runIds: readonly string[]): Promise<string[]> {
    return (await this.read(runIds, 'line')).map(({ value }) => value);
  }

  /** The provider has them; should they be asked for directly, the run makes them anew. */
  async dropLines(runIds: readonly string[]): Promise<void> {
    for (let at = 0; at < runIds.length; at += PER_CALL)
      await this.redis.attempt((client) =>
        Promise.all(runIds.slice(at, at + PER_CALL).map((id) => client.hdel(`${this.base}r:${id}`, 'line'))),
      );
  }

  /** @returns undefined for what was settled before */
  async settle(name: string, results: readonly Settlement[]): Promise<(Settled | undefined)[]> {
    const settled: string[] = [];
    for (let at = 0; at < results.length; at += PER_CALL) {
      const args = results
        .slice(at, at + PER_CALL)
        .flatMap(({ run_id, state, outcome }) => [run_id, state, outcome ? JSON.stringify(outcome) : '']);
      settled.push(...(await this.run<string[]>(BATCH_SETTLE, name, ...args)));
    }
    return settled.map((chk) => {
      if (chk === '') return undefined;
      return chk.startsWith('!') ? { wanted: false, chk: chk.slice(1) } : { wanted: true, chk };
    });
  }

  close(name: string): Promise<number> {
    return this.run(BATCH_CLOSE, name);
  }

  /** Results that their runs have not taken up yet: run id → channel key. */
  due(): Promise<Record<string, string>> {
    return this.redis.attempt((client) => client.hgetall(`${this.base}due`));
  }

  /** The run has ended in another way. @returns the answer that nobody took, if there was one */
  async forget(runId: string): Promise<ModelOutcome | undefined> {
    const request = `${this.base}r:${runId}`;
    const found = await this.redis.attempt((client) =>
      client.multi().hget(request, 'outcome').hdel(`${this.base}due`, runId).del(request).exec(),
    );
    const json = found?.[0]?.[1] as string | null | undefined;
    return json ? (JSON.parse(json) as ModelOutcome) : undefined;
  }

  /** A field of those that wait for their batch. */
  private async read(runIds: readonly string[], field: string): Promise<{ run_id: string; value: string }[]> {
    const found = await this.redis.attempt((client) =>
      Promise.all(runIds.map((id) => client.hmget(`${this.base}r:${id}`, 'state', field))),
    );
    return found.flatMap(([state, value], i) =>
      state === 'sent' && value ? [{ run_id: runIds[i]!, value }] : [],
    );
  }

  private get base(): string {
    return this.redis.keys.batches;
  }

  private run<T>(script: Script, ...args: ScriptArgument[]): Promise<T> {
    return this.redis.run<T>(script, [`${this.base}due`], [this.base, ...args]);
  }
}
