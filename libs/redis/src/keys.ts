// Every Redis key and pub/sub topic of the system is written once: those of the shards in shard-keys.ts, all others here, each concern
// in a slot of its own. The three documented keys stay readable for people and for the systems that know them.
import { DEFAULT_TENANT, digest, type ChannelRef } from '#contracts';
import { ShardKeys } from './shard-keys.js';

export class Keys {
  private readonly shards: ShardKeys[];

  constructor(
    readonly prefix: string,
    shardCount: number,
  ) {
    this.shards = Array.from(
      { length: shardCount },
      (_, i) => new ShardKeys(i, `${prefix}{s${String(i).padStart(2, '0')}}:`),
    );
  }

  /** Redis run_id seen last and its generation; see BOOT. One slot of their own. */
  get boot(): string {
    return `${this.prefix}{boot}:seen`;
  }
  get generation(): string {
    return `${this.prefix}{boot}:generation`;
  }
  get shardCount(): string {
    return `${this.prefix}{boot}:shards`;
  }
  /** pub/sub: frames that an outside publisher relays to a channel's subscribers. */
  get relay(): string {
    return `${this.prefix}relay`;
  }
  /** Documented: the current assistant's id, no expiry. */
  get assistantId(): string {
    return `${this.prefix}assistant_id`;
  }

  /**
   * Start of everything about assistants; the scripts of the assistants lib add:
   * `<id>` hash, the record; `<id>:v` hash, its versions; `<id>:canary` hash run id → outcome, `<id>:canary:runs` list of them;
   * `all:<tenant>` zset id → creation; `sequence` counter of creations; `current:<tenant>` hash purpose → id, but for
   * the one that the documented key names; `bindings` hash channel key → what a channel chose;
   * `refresh:<tenant>` hash, the interval and the last refreshes; `refreshed` set of the tenants that have one.
   */
  get assistants(): string {
    return `${this.prefix}{assistants}:`;
  }

  /**
   * Start of everything about requests that go by batches; the scripts of the runs lib add: `models` set, `w:<model>` zset run id →
   * ms, those that wait; `r:<run>` hash, a request's state and its line or outcome; `all` set, `b:<batch>` hash and
   * `b:<batch>:runs` set, the batches; `due` hash run id → channel key, results that their runs have not taken up yet;
   * `turn:<job>` who is at it.
   */
  get batches(): string {
    return `${this.prefix}{batches}:`;
  }

  /** zset id of a token → ms until which it stays refused. One slot for all that concerns access. */
  get revoked(): string {
    return `${this.prefix}{access}:revoked`;
  }
  /** counter: raised by every revocation. */
  get revocations(): string {
    return `${this.prefix}{access}:revocations`;
  }
  /** string: who a one-use ticket lets in. */
  ticket(ticket: string): string {
    return `${this.prefix}{access}:ticket:${digest(ticket)}`;
  }
  /** stream `<n>-0` of what was done by whom; append-only. */
  get audit(): string {
    return `${this.prefix}{access}:audit`;
  }
  /** hash `n`, `hash`: the audit log's newest entry. */
  get auditHead(): string {
    return `${this.prefix}{access}:audit-head`;
  }

  /** hash: an erasure, by id. */
  erasure(id: string): string {
    return `${this.prefix}{erasures}:${id}`;
  }

  /** list: what an erasure has removed, piece by piece, until its receipt says so. */
  erasureObjects(id: string): string {
    return `${this.prefix}{erasures}:${id}:objects`;
  }

  /** zset id → ms of the erasures that are not finished. */
  get openErasures(): string {
    return `${this.prefix}{erasures}:open`;
  }

  /**
   * Start of everything about documents in the making; the documents lib's scripts add: `j:<id>` hash, the record; `e:<id>` stream of what its
   * watchers hear; `p:<id>` hash, parts that are done; `all:<tenant>` and `u:<user>` zset id → ms; `open` zset id → ms at which
   * somebody looks after it; `kept` zset `<id> <tenant>` → ms, what lies in the object store; `lock:<what>`.
   */
  get documents(): string {
    return `${this.prefix}{documents}:`;
  }

  /** Start of everything about feedback on runs; the runs lib's scripts add to it. One slot for all of it. */
  get feedback(): string {
    return `${this.prefix}{feedback}:`;
  }

  /**
   * string: an answer that may be given again; `<key>:lead`, who asks for it. Of what such requests share: `<key>:near`, hash answer's
   * key → vector of its prompt, and `<key>:ages`, zset of those → end of life. One slot for all of them.
   */
  answer(content: string): string {
    return `${this.prefix}{answers}:${content}`;
  }
  /** set of the answers' keys that a user's requests have filled; `<key>:near`, set of `<hash of vectors> <answer's key>`. */
  answersOf(user: string): string {
    return `${this.prefix}{answers}:of:${user}`;
  }

  /**
   * Start of everything about usage and its limits; the scripts of the usage lib add (`scope` = `s`, `t:<tenant>` or
   * `u:<digest of the user>`; days and months in UTC):
   * `r:<id>` hash, a reservation; `open` zset id → ms after which it is given up; `waiting` zset id → its slot;
   * `w:<scope>` zset id → start, `w:<scope>:full` ms before which no start is free; `d:<day>:<scope>`, `m:<month>:<scope>` hashes
   * of what is used and held; `replicas` zset; `seen:<kind>:<digest>` what was settled; `ledger:<tenant>` stream of
   * rows, `rows:<user>` zset of a user's rows; `sum:<day or month>:<tenant>:<dimension>` hash name → counts; `periods:<tenant>` zset
   * of those; `tenants` set; `top:<day>` zset of users; `pseudonym` key of the users' names in metrics.
   */
  get usage(): string {
    return `${this.prefix}{usage}:`;
  }

  /**
   * Start of everything about uploaded files; the script of the knowledge lib adds: `r:<id>` string, the record; `all:<digest of the tenant>`
   * zset `<ms of its creation>/<id>`, in that order; `o:<key of a user>` zset of his files' ids; `open` zset id → ms at which somebody
   * looks after it; `remote` hash id at the provider → id.
   */
  get files(): string {
    return `${this.prefix}{files}:`;
  }

  /**
   * Start of everything about saved vCons; the scripts of the knowledge lib add (`member` = digest of tenant and profile, `/`, uuid):
   * `r:<member>` string, the record; `all:<digest of the tenant>` zset `<ms of the first save>/<member>`, in that order; `open` zset member →
   * ms at which somebody looks how far it is; `files` hash id of a file at the provider → member; `o:<owner>` zset of the members that are
   * about a person or channel; `lock:<uuid>` who works on it; `rm:<id>` string, what has to go, and `removals` zset id → ms of the next try;
   * `key` of the persons' digests.
   */
  get vcons(): string {
    return `${this.prefix}{vcons}:`;
  }

  /**
   * Start of everything about vector stores made here: `r:<id>` string, the record; `all:<digest of the tenant>` zset id → ms of its creation; `ids` set of
   * all; `open` zset id → ms at which somebody looks after it; `uses:<file>` set of the stores that have a file.
   */
  get stores(): string {
    return `${this.prefix}{stores}:`;
  }

  all(): readonly ShardKeys[] {
    return this.shards;
  }

  /** The shard of a channel key: its first characters as a number, so that it never moves. */
  shardOf(chk: string): ShardKeys {
    const bytes = Buffer.from(chk.slice(0, 6), 'base64url');
    return this.shards[bytes.readUInt32BE(0) % this.shards.length]!;
  }

  /** Documented: `{prefix}thread:{channel}` → thread id. */
  thread(ref: ChannelRef): string {
    return this.documented('thread', ref);
  }

  /** Documented: `{prefix}metadata:{channel}` → JSON `{created_at, message_count, last_message_at}`. */
  metadata(ref: ChannelRef): string {
    return this.documented('metadata', ref);
  }

  private documented(kind: string, { tenant, channel }: ChannelRef): string {
    const space = tenant === DEFAULT_TENANT ? '' : `tenant:${tenant}:`;
    return `${this.prefix}${space}${kind}:${channel}`;
  }
}
