// Reads of a channel's log: where it stands, what is in it. One reply is one consistent moment, because
// the log and the hash that names its epoch are read in one transaction. Never writes; see EMIT_LUA.
import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { StateRedis } from '#redis';
import { LogEntry } from './log-entry.js';

/** The epoch of a channel that was never used: everything after offset 0 of its first real epoch is new. */
export const NEW_EPOCH = 'new';
export const PAGE_EVENTS = 256;

export interface Position {
  epoch: string;
  /** Offset of the newest event; 0 when there is none. */
  tip: number;
}

export interface Page extends Position {
  entries: LogEntry[];
}

export interface Bounds extends Position {
  /** The oldest offset that can still be read; tip + 1 when nothing can. */
  first: number;
  /** Offset of `run.started` of the run that is open now. */
  openRunStart: number | undefined;
}

type Row = [id: string, fields: string[]];

@Injectable()
export class EventLog {
  constructor(private readonly redis: StateRedis) {}

  /** @param chks many channels cost one round trip */
  async positions(chks: readonly string[]): Promise<Position[]> {
    const replies = await this.redis.attempt((client) =>
      Promise.all(chks.map((chk) => client.hmget(this.keys(chk).channel(chk), 'e0', 'off'))),
    );
    return replies.map((reply) => this.position(reply));
  }

  /** Events after an offset, oldest first, at most `limit`. */
  async page(chk: string, after: number, limit = PAGE_EVENTS): Promise<Page> {
    const keys = this.keys(chk);
    const [meta, rows] = await this.together<[string[], Row[]]>((client) =>
      client
        .multi()
        .hmget(keys.channel(chk), 'e0', 'off')
        .xrange(keys.log(chk), `${after + 1}-0`, '+', 'COUNT', limit),
    );
    return this.toPage(meta, rows);
  }

  /** The newest events, oldest first. */
  async tail(chk: string, limit: number): Promise<Page> {
    const keys = this.keys(chk);
    const [meta, rows] = await this.together<[string[], Row[]]>((client) =>
      client.multi().hmget(keys.channel(chk), 'e0', 'off').xrevrange(keys.log(chk), '+', '-', 'COUNT', limit),
    );
    return this.toPage(meta, rows.toReversed());
  }

  async bounds(chk: string): Promise<Bounds> {
    const keys = this.keys(chk);
    const [meta, rows, head] = await this.together<[string[], Row[], string | null]>((client) =>
      client
        .multi()
        .hmget(keys.channel(chk), 'e0', 'off')
        .xrange(keys.log(chk), '-', '+', 'COUNT', 1)
        .lindex(keys.inbox(chk), 0),
    );
    const position = this.position(meta);
    const start = head && (await this.redis.attempt((client) => client.hget(keys.run(head), 'start_off')));
    return {
      ...position,
      first: rows[0] ? offsetOf(rows[0]) : position.tip + 1,
      openRunStart: Number(start) || undefined,
    };
  }

  private toPage(meta: string[], rows: Row[]): Page {
    const position = this.position(meta);
    const entries = rows.map((row) => new LogEntry(position.epoch, offsetOf(row), row[1][1]!));
    return { ...position, entries };
  }

  private position([e0, off]: (string | null)[]): Position {
    if (!e0) return { epoch: NEW_EPOCH, tip: 0 };
    return { epoch: `${e0}.${this.redis.generation}`, tip: Number(off ?? 0) };
  }

  private async together<T>(build: (client: Redis) => ReturnType<Redis['multi']>): Promise<T> {
    const replies = await this.redis.attempt((client) => build(client).exec());
    return (replies ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    }) as T;
  }

  private keys(chk: string) {
    return this.redis.keys.shardOf(chk);
  }
}

const offsetOf = (row: Row): number => Number.parseInt(row[0], 10);
