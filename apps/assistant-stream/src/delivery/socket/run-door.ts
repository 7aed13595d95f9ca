// What a WebSocket client can ask about runs: start one, cancel one, read the past. Parses nothing; each
// method is one call inward and the shape of its answer.
import { Injectable } from '@nestjs/common';
import { AccessPolicy, DeniedAccess, type Principal } from '#auth';
import { ParleyError, runIdOf, type ChannelRef } from '#contracts';
import { Intake, RunStore } from '#runs';
import { ThreadStore, TranscriptStore } from '#threads';
import type { CancelDto, HistoryDto, SendDto } from './read-frame.js';

const HISTORY_LIMIT = 50;

export type Answer = Record<string, unknown> & { type: string };

@Injectable()
export class RunDoor {
  constructor(
    private readonly access: AccessPolicy,
    private readonly denied: DeniedAccess,
    private readonly intake: Intake,
    private readonly runs: RunStore,
    private readonly threads: ThreadStore,
    private readonly transcripts: TranscriptStore,
  ) {}

  /** Answers when the message is durable. @throws ParleyError as Intake.submit, `forbidden`, `not_found` */
  async send(dto: SendDto, principal: Principal): Promise<Answer> {
    const { channel, message_id, message } = dto;
    const { tenant } = principal;
    this.access.authorize(principal, 'channels:write', channel);
    const admission = await this.intake.submit({ tenant, channel, message_id, message, source: 'websocket' });
    const { run_id, outcome, status, cursor } = admission;
    return { type: 'ack', channel, message_id, run_id, duplicate: outcome === 'duplicate', status, cursor };
  }

  /** @throws ParleyError `not_found` also for runs of channels that the asker may not reach */
  async cancel(dto: CancelDto, principal: Principal): Promise<Answer> {
    const { channel, message_id } = dto;
    const { tenant } = principal;
    // Before anything is looked up: who lacks the scope should not learn which runs exist.
    this.access.authorize(principal, 'channels:write');
    const run_id = dto.run_id ?? runIdOf({ tenant, channel: channel! }, message_id!);
    const run = await this.runs.get(run_id);
    if (run && run.tenant !== tenant) this.denied.report(principal, 'channels:write', `run:${run_id}`);
    if (!run || run.tenant !== tenant || (channel !== undefined && channel !== run.channel))
      throw noSuchRun();
    this.access.authorize(principal, 'channels:write', run.channel);
    const { outcome, status } = await this.runs.cancel(run_id);
    if (outcome === 'not_found') throw noSuchRun();
    return { type: 'cancel', channel: run.channel, message_id: run.message_id, run_id, outcome, status };
  }

  /** A page of the channel's conversation, oldest first unless asked otherwise. */
  async history(dto: HistoryDto, principal: Principal): Promise<Answer> {
    const { channel, after, limit = HISTORY_LIMIT, order = 'asc' } = dto;
    this.access.authorize(principal, 'channels:read', channel);
    const ref: ChannelRef = { tenant: principal.tenant, channel };
    const thread = await this.threads.find(ref);
    const page = thread
      ? await this.transcripts.page(thread, { limit, order, ...(after !== undefined && { after }) })
      : { items: [] };
    return { type: 'history', channel, thread_id: thread?.id ?? null, ...page };
  }
}

const noSuchRun = (): ParleyError => new ParleyError('not_found', 'unable to cancel; no such run');
