// The one door behind all doors: a message becomes a durable run, or a clear error. Calls are sent to Redis
// in the order in which they are made, so that a source's order is the channel's order.
import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  channelKey,
  digest,
  formatCursor,
  ParleyError,
  randomName,
  runIdOf,
  userKey,
  userName,
  type RunEnded,
  type RunQueued,
  type RunStatus,
  type SubmitMessage,
} from '#contracts';
import { currentTraceparent, Metrics } from '#telemetry';
import { toAddress } from '../outbox/outbox-entry.js';
import { OwnWork } from '../own-work.js';
import { DoorScripts, type AdmitReply } from '../scripts/door-scripts.js';

export interface Admission {
  outcome: 'accepted' | 'duplicate';
  run_id: string;
  status: RunStatus;
  /** `epoch:offset` of `run.queued`; for a duplicate the channel's newest. */
  cursor: string;
  /** How the run ended, when a duplicate asks for one that has. */
  result?: RunEnded;
}

/** Who asked, and by which delivery. */
export type Refused = Required<Pick<SubmitMessage, 'reply' | 'delivery'>>;

/** For how long the system asks others to stay away when it is full. */
const BUSY_RETRY_MS = 2_000;

@Injectable()
export class Intake {
  private readonly logger = new Logger(Intake.name);
  private busyUntil = 0;

  constructor(
    private readonly scripts: DoorScripts,
    private readonly metrics: Metrics,
    private readonly own: OwnWork,
  ) {}

  /**
   * Resolves when the message is as durable as Redis makes it: from then on exactly one end will follow, and
   * leave for `command.reply` too, also when that came with a repeat.
   * @param generation counts replays "as new" of the same message
   * @throws ParleyError `message_id_conflict`, `erased`, `channel_backlog_full`, `busy`, `state_unavailable`
   */
  async submit(command: SubmitMessage, generation = 0): Promise<Admission> {
    const { tenant, channel, message_id, source } = command;
    const ref = { tenant, channel };
    const run_id = runIdOf(ref, message_id, generation);
    const queued: RunQueued = { type: 'run.queued', run_id, message_id, attempt: 0, at: Date.now() };
    const request = command.request && JSON.stringify(command.request);
    // What makes two messages the same: all that decides about the answer. In parts, because it may be megabytes.
    const body = request === undefined ? [command.message] : [command.message, '\0', request];
    const bytes = body.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    const hash = body.reduce((all, part) => all.update(part), createHash('sha256')).digest('base64url');
    const reply = await this.scripts.admit({
      chk: channelKey(ref),
      run_id,
      hash,
      bytes,
      nonce: randomName(9),
      event: JSON.stringify(queued),
      reply: command.reply ? toAddress(command.reply) : '',
      delivery: command.delivery ?? '',
      who: userKey(tenant, userName(command.user)),
      quiet: this.own.admitting(bytes),
      fields: { ...toRunFields(command, request), gen: generation },
    });
    this.metrics.intake.inc({ source, outcome: reply.outcome });
    if (!reply.heard) this.logger.warn({ run_id }, 'a repeat gets no reply; its run has too many addresses');
    return this.toAdmission(reply);
  }

  /**
   * Answers a message that cannot become a run, once for each delivery of it. Resolves when the answer is as durable
   * as an end would be.
   * @throws ParleyError `state_unavailable`
   */
  async refuse({ reply, delivery }: Refused, fault: ParleyError): Promise<void> {
    const { code, details } = fault;
    const address = toAddress(reply);
    // Any shard will do, as long as the same delivery meets the mark of its first time.
    const chk = digest(address);
    await this.scripts.refuse(chk, delivery, address, JSON.stringify({ code, details }));
  }

  /** Whether new work was refused moments ago; a cheap hint for doors that can stop asking. */
  pressure(): 'normal' | 'high' {
    return Date.now() < this.busyUntil ? 'high' : 'normal';
  }

  private toAdmission(reply: AdmitReply): Admission {
    switch (reply.outcome) {
      case 'accepted':
      case 'duplicate':
        return {
          outcome: reply.outcome,
          run_id: reply.run_id,
          status: reply.status,
          cursor: formatCursor(reply),
          ...(reply.result && { result: JSON.parse(reply.result) as RunEnded }),
        };
      case 'conflict':
        throw new ParleyError(
          'message_id_conflict',
          'unable to accept message; its id was used with another body',
        );
      case 'erased':
        throw new ParleyError('erased', 'unable to accept message; it was erased');
      case 'full':
        throw new ParleyError('channel_backlog_full', 'unable to accept message; the channel is full', {
          retryAfterMs: BUSY_RETRY_MS,
        });
      case 'busy':
        this.busyUntil = Date.now() + BUSY_RETRY_MS;
        throw new ParleyError('busy', 'unable to accept message; past the high-water mark', {
          retryAfterMs: BUSY_RETRY_MS,
        });
      default:
        return reply.outcome satisfies never;
    }
  }
}

function toRunFields(command: SubmitMessage, request: string | undefined): Record<string, string | number> {
  const traceparent = command.traceparent ?? currentTraceparent();
  return {
    tenant: command.tenant,
    channel: command.channel,
    mid: command.message_id,
    body: command.message,
    src: command.source,
    prio: Math.min(10, Math.max(0, Math.trunc(command.priority ?? 0))),
    ...(command.user !== undefined && { usr: command.user }),
    ...(request !== undefined && { req: request }),
    ...(command.deadline !== undefined && { until: command.deadline }),
    ...(traceparent && { tp: traceparent }),
    ...(command.request_id && { rq: command.request_id }),
  };
}
