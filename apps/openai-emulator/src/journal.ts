// Every request that came, newest kept, for tests to ask what was sent. Keys are kept as a digest only.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type Outcome = 'running' | 'answered' | 'client_aborted' | 'cut' | 'fin' | 'closing';

export interface JournalEntry {
  n: number;
  /** Number of the TCP connection it came by. */
  connection: number;
  /** ISO time, real clock. */
  time: string;
  method: string;
  path: string;
  query: string;
  headers: Record<string, string | string[] | undefined>;
  /** First 12 digits of the key's SHA-256; undefined without a key. */
  key: string | undefined;
  body: unknown;
  /** OpenAPI path template of the route, such as `/responses/{response_id}`; undefined when no route matched. */
  route: string | undefined;
  response_id: string | undefined;
  status: number | undefined;
  outcome: Outcome;
  /** The fault that struck, as written. */
  fault: string | undefined;
  /** Code of the error body, when one was sent. */
  error_code: string | null | undefined;
  /** The API is gone at OpenAI (assistants, threads, prompts). */
  dead_api: boolean;
  stream: boolean;
  /** Deltas written to this connection. */
  tokens_sent: number;
  duration_ms: number | undefined;
}

export interface JournalFilter {
  /** Prefix of the path. */
  path?: string | undefined;
  /** Entries with a greater n. */
  since?: number | undefined;
  limit?: number | undefined;
}

/** Bytes of request bodies kept, counted as they came; past it the oldest entries lose theirs. */
const BODY_BUDGET = 256 << 20;

export class Journal {
  private entries: JournalEntry[] = [];
  private count = 0;
  private bodyBytes = 0;
  /** Entries with bodies, oldest first, and what each took. */
  private bodies: { entry: JournalEntry; bytes: number }[] = [];

  /** Numbers the entry and keeps it. */
  add(entry: JournalEntry, capacity: number): JournalEntry {
    this.count += 1;
    entry.n = this.count;
    this.entries.push(entry);
    if (entry.body !== undefined) this.keepBody(entry);
    // Cut in blocks: shifting an array at every request would cost more than the spare fifth.
    if (this.entries.length > capacity * 1.2) {
      this.entries = this.entries.slice(-capacity);
      const oldest = this.entries[0]?.n ?? 0;
      this.dropBodies(this.bodies.filter(({ entry: kept }) => kept.n < oldest).length);
    }
    return entry;
  }

  find({ path, since = 0, limit }: JournalFilter, capacity: number): JournalEntry[] {
    const found = this.entries
      .slice(-capacity)
      .filter((entry) => entry.n > since && (path === undefined || entry.path.startsWith(path)));
    return limit === undefined ? found : found.slice(-limit);
  }

  /** Forgets the entries; numbers go on, so that `since` stays valid. */
  clear(): void {
    this.entries = [];
    this.bodies = [];
    this.bodyBytes = 0;
  }

  private keepBody(entry: JournalEntry): void {
    const bytes = Number(entry.headers['content-length'] ?? 0);
    this.bodies.push({ entry, bytes });
    this.bodyBytes += bytes;
    // Half of them at once, for the same reason as above.
    if (this.bodyBytes > BODY_BUDGET) this.dropBodies(Math.ceil(this.bodies.length / 2));
  }

  private dropBodies(count: number): void {
    for (const { entry, bytes } of this.bodies.splice(0, Math.max(0, count))) {
      entry.body = undefined;
      this.bodyBytes -= bytes;
    }
  }
}

export function withoutSecrets(headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> {
  const kept: Record<string, string | string[] | undefined> = {};
  for (const name in headers) {
    if (name !== 'authorization' && name !== 'cookie') kept[name] = headers[name];
  }
  return kept;
}

const digests = new Map<string, string>();

export function keyDigest(key: string | undefined): string | undefined {
  if (key === undefined || key === '') return undefined;
  let digest = digests.get(key);
  if (digest === undefined) {
    digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
    if (digests.size < 1000) digests.set(key, digest);
  }
  return digest;
}
