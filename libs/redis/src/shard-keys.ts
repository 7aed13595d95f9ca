// The keys and pub/sub topics of one shard: channels, runs, threads, and what is to be done about them. They carry the shard's hash
// tag, so that a script touches one slot; names of channels never become part of them.
import { digest } from '#contracts';

/** Names of one shard's keys; `base` ends in the hash tag and a colon. */
export class ShardKeys {
  constructor(
    readonly index: number,
    readonly base: string,
  ) {}

  /** zset channel → rank: channels whose head run may start now; the lowest rank goes first. */
  get ready(): string {
    return `${this.base}ready`;
  }
  /** zset channel → not-before ms: channels whose head run waits for a retry. */
  get delayed(): string {
    return `${this.base}delayed`;
  }
  /** zset channel → deadline ms: channels that a worker owns. */
  get lease(): string {
    return `${this.base}lease`;
  }
  /** hash: `open` runs and `bytes`, `fence`, `dseq` counters; `salt` of the marks of erased runs. */
  get counters(): string {
    return `${this.base}counters`;
  }
  /** stream of what must leave the system by one way out; ids by Redis' clock. */
  outbox(kind: string): string {
    return `${this.base}outbox:${kind}`;
  }
  /** pub/sub: something was written to that stream. */
  outboxHint(kind: string): string {
    return `${this.base}outbox:${kind}:hint`;
  }
  /** stream of dead letters. */
  get dead(): string {
    return `${this.base}dead`;
  }
  /** zset thread id → last activity ms, for the expiry of what a provider keeps. */
  get threads(): string {
    return `${this.base}threads`;
  }
  /** hash thread id → conversation id: transcripts that a provider keeps. Outlives the thread's own keys. */
  get conversations(): string {
    return `${this.base}conversations`;
  }
  /** set of conversation ids whose thread is gone: still to be deleted at the provider. */
  get orphans(): string {
    return `${this.base}orphans`;
  }
  /** hash profile → JSON state of the provider's circuit. */
  get circuit(): string {
    return `${this.base}circuit`;
  }
  /** pub/sub: appended events, as a hint for delivery. */
  get live(): string {
    return `${this.base}live`;
  }
  /** pub/sub: a channel became ready. */
  get wake(): string {
    return `${this.base}wake`;
  }
  /** pub/sub: cancel requests for running runs. */
  get control(): string {
    return `${this.base}control`;
  }

  /** hash of one channel: offsets, lease token, names. */
  channel(chk: string): string {
    return `${this.base}c:${chk}:m`;
  }
  /** list of run ids, head = current. */
  inbox(chk: string): string {
    return `${this.base}c:${chk}:in`;
  }
  /** stream `<offset>-0` of the channel's events. */
  log(chk: string): string {
    return `${this.base}c:${chk}:log`;
  }
  /** string: run id and body hash of a message id. */
  message(chk: string, messageId: string): string {
    return `${this.base}d:${chk}:${digest(messageId)}`;
  }
  /** zset `r:<run id>` or `c:<chk>` → ms: what is kept here of `u:<key of a user>` or `c:<chk>`. */
  owned(owner: string): string {
    return `${this.base}o:${owner}`;
  }

  /** zset owner → ms at which somebody looks whether their list can be shortened. */
  get owners(): string {
    return `${this.base}owners`;
  }

  run(runId: string): string {
    return `${this.base}r:${runId}`;
  }
  /** hash call id → JSON: the tool journal of a run. */
  journal(runId: string): string {
    return `${this.base}r:${runId}:j`;
  }
  /** list of JSON items: what finished rounds of a run added. */
  rounds(runId: string): string {
    return `${this.base}r:${runId}:rounds`;
  }
  /** list of `<kind> <JSON>`: the addresses that the end of a run is sent to. */
  replies(runId: string): string {
    return `${this.base}r:${runId}:replies`;
  }
  /** list of JSON items: the transcript of a thread kept here. */
  transcript(threadId: string): string {
    return `${this.base}t:${threadId}:items`;
  }
  /** hash of a thread; `summary` of its older turns, `erased` how often turns were erased. */
  thread(threadId: string): string {
    return `${this.base}t:${threadId}`;
  }
  /** hash `<version>:<what>` → number: what this shard's runs have used of an assistant. */
  usage(tenant: string, assistantId: string): string {
    return `${this.base}u:${tenant}:${assistantId}`;
  }
  /** list of the deliveries that a run was asked by. */
  deliveries(runId: string): string {
    return `${this.base}r:${runId}:deliveries`;
  }
  /** string: a delivery that was refused, and its refusal noted in the outbox. */
  refused(delivery: string): string {
    return `${this.base}refused:${digest(delivery)}`;
  }
  claim(owner: string): string {
    return `${this.base}claim:${owner}`;
  }
  /** lease of the process that empties it. */
  outboxLane(kind: string): string {
    return `${this.base}outbox:${kind}:lane`;
  }
}
