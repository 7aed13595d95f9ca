// Everything the checker looks at: what was meant, what actors saw, and what was found in every store when all
// had come to rest. Plain data, so that a history can be kept, checked again, or made by hand in a test.
import type { Frame, RunEvent } from '#contracts';
import type { Operation } from './operation.js';

/** A message as the generator meant it. */
export interface ExpectedMessage {
  channel: string;
  message_id: string;
  /** The body of its first sender, which must win. */
  body: string;
  /** The whole answer when it completes. */
  text: string;
  /** It can only fail, with this code. */
  fails?: string;
  /** Cities whose weather its tool calls ask for, each once. */
  cities: readonly string[];
  /** Whoever publishes it, the first time or again, asks for a reply. */
  reply: boolean;
}

export interface StoredEvent {
  offset: number;
  event: RunEvent;
}

/** A channel as Redis holds it at the end. */
export interface ChannelLog {
  channel: string;
  epoch: string;
  /** The newest offset that was given out. */
  tip: number;
  events: readonly StoredEvent[];
  /** Runs still in the inbox. */
  waiting: number;
}

/** A reply as the queue named in `reply_to` got it. */
export interface Reply {
  run_id: string;
  correlation_id?: string;
  frame: Frame;
}

/** A message in the failed queue. */
export interface FailedEntry {
  reason: string;
  digest: string;
  channel?: string;
  message_id?: string;
}

/** A request as the stand-in for the provider noted it. */
export interface UpstreamCall {
  at: number;
  method: string;
  path: string;
  status: number | undefined;
  outcome: string;
  fault: string | undefined;
}

export interface WeatherCall {
  at: number;
  city: string;
}

/** A run that a stopping worker gave back, from that worker's log. */
export interface Handover {
  run_id: string;
  attempt: number;
  at: number;
}

/** A record of the requests' topic, as it stands there. */
export interface KafkaRequest {
  /** Which sending of the rig it is. */
  record: string;
  partition: number;
  offset: number;
  /** UTC ms, as its producer stamped it. */
  at: number;
}

/** A record of the answers' topic, as a reader of committed records sees it. */
export interface KafkaAnswer {
  partition: number;
  offset: number;
  key: string;
  /** JSON as it stands, or what stands there instead. */
  value: string;
}

/** A record that was set aside: where it came from, and why. */
export interface KafkaDead {
  partition: number;
  offset: number;
  reason: string;
}

/** How far a partition of the requests was read and settled. */
export interface KafkaPartition {
  partition: number;
  /** Offset of the next record that will be written. */
  end: number;
  committed: number;
}

export interface KafkaHistory {
  requests: readonly KafkaRequest[];
  answers: readonly KafkaAnswer[];
  dead: readonly KafkaDead[];
  partitions: readonly KafkaPartition[];
}

export interface History {
  seed: number;
  lease_ms: number;
  messages: readonly ExpectedMessage[];
  /** By time. */
  operations: readonly Operation[];
  logs: readonly ChannelLog[];
  replies: readonly Reply[];
  failed: readonly FailedEntry[];
  upstream: readonly UpstreamCall[];
  weather: readonly WeatherCall[];
  handovers: readonly Handover[];
  /** Absent where the rig ran without Kafka. */
  kafka?: KafkaHistory;
  /** Processes that can take a run up. */
  workers: number;
  /** Where words that must stay secret were found: file or page, and which word. */
  leaks: readonly string[];
  /** UTC ms when the rig gave up waiting or found everything at rest. */
  ended_at: number;
}
