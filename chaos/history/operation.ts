// What actors write down, one line each: what they asked, what they were told, and when. `info` means that the
// outcome is not known, and then both outcomes are right. `t` is monotonic ms of the rig, `at` is UTC ms.

interface Stamped {
  t: number;
  at: number;
}

export type Phase = 'invoke' | 'ok' | 'fail' | 'info';
export type Door = 'rabbitmq' | 'websocket' | 'kafka';

/** A message handed to a door. `ok` = confirmed by its broker, or acknowledged by the socket. */
export interface SendOperation extends Stamped {
  op: 'send';
  phase: Phase;
  door: Door;
  /** Who sent it; the order of one source must be kept. */
  source: string;
  n: number;
  channel: string;
  message_id: string;
  body: string;
  /** Its correlation id, when it asks for a reply. */
  asks?: string;
  /** By Kafka: which of the rig's records it is; `KafkaRequest` names it. */
  record?: string;
  run_id?: string;
  duplicate?: boolean;
  code?: string;
}

export interface CancelOperation extends Stamped {
  op: 'cancel';
  phase: Phase;
  channel: string;
  message_id: string;
  outcome?: string;
  code?: string;
}

/** Bytes that are no message; `ok` = confirmed by the broker. */
export interface PoisonOperation extends Stamped {
  op: 'poison';
  phase: Phase;
  n: number;
  digest: string;
}

/** A record of Kafka that is no request; `refused` = its asker is known and must be told. */
export interface BadRecordOperation extends Stamped {
  op: 'bad_record';
  phase: Phase;
  record: string;
  fate: 'refused' | 'dead';
  key?: string;
}

interface OfClient extends Stamped {
  client: string;
  channel: string;
  epoch: string;
  offset: number;
}

export type Format = 'delta' | 'cumulative';

/** A subscription begins after `epoch:offset`; `asked` is the cursor that was given. */
export interface SubscribedOperation extends OfClient {
  op: 'subscribed';
  format: Format;
  asked?: string;
}

/** An event in the delta format, as it came. */
export interface EventOperation extends OfClient {
  op: 'event';
  event: Record<string, unknown>;
}

/** A frame of the cumulative format. */
export interface FrameOperation extends OfClient {
  op: 'frame';
  status: string;
  final: boolean;
  run_id: string;
  message_id: string;
  text: string;
}

export interface ResetOperation extends OfClient {
  op: 'reset';
  reason: string;
}

export interface SocketOperation extends Stamped {
  op: 'socket';
  client: string;
  state: 'open' | 'closed';
  code?: number;
}

/** A fault begins (`invoke`), is over and mended (`ok`), or hit nothing (`fail`). */
export interface FaultOperation extends Stamped {
  op: 'fault';
  phase: Phase;
  n: number;
  kind: string;
  target: string;
}

/** A run that was in the hands of a process when that was killed or frozen at `since`. */
export interface AbandonedOperation extends Stamped {
  op: 'abandoned';
  run_id: string;
  channel: string;
  attempt: number;
  since: number;
}

/** What a process says about itself. */
export interface HealthOperation extends Stamped {
  op: 'health';
  app: string;
  ready: boolean;
  /** The provider's circuit is closed, as far as it knows. */
  provider: boolean;
  /** What the rig knows to be true of Redis at this moment. */
  redis: 'up' | 'down' | 'changing';
}

export type ClientOperation = SubscribedOperation | EventOperation | FrameOperation | ResetOperation;

export type Operation =
  | SendOperation
  | CancelOperation
  | PoisonOperation
  | BadRecordOperation
  | ClientOperation
  | SocketOperation
  | FaultOperation
  | AbandonedOperation
  | HealthOperation;

/** An operation before it is stamped. */
export type Unstamped<O = Operation> = O extends Operation ? Omit<O, 't' | 'at'> : never;
