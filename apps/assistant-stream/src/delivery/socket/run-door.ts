// What a WebSocket client can ask about runs: start one, cancel one, read the past. Parses nothing; each
// method is one call inward and the shape of its answer.
import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '#auth';
import { ParleyError, runIdOf, toParleyError, type ChannelRef } from '#contracts';
import { Intake, RunStore } from '#runs';
import { ThreadStore, TranscriptStore } from '#threads';
import type { CancelDto, HistoryDto, SendDto } from './read-frame.js';

const HISTORY_LIMIT = 50;

export type Answer = Record<string, unknown> & { type: string };

@Injectable()
export class RunDoor {
  constructor(
    private readonly access: AccessPolicy,
    private readonly intake: Intake,
    private readonly runs: RunStore,
    private readonly threads: ThreadStore,
    private readonly transcripts: TranscriptStore,
  ) {}

  /** Answers when the message is durable. @throws ParleyError as Intake.submit, and `unauthorized` */
  async send(dto: SendDto, token: string | undefined): Promise<Answer> {
    const { channel, message_id, message } = dto;
    const { tenant } = this.access.authorize(token, 'write', channel);
    const admission = await this.intake.submit({ tenant, channel, message_id, message, source: 'websocket' });
    const { run_id, outcome, status, cursor } = admission;
    return { type: 'ack', channel, message_id, run_id, duplicate: outcome === 'duplicate', status, cursor };
  }

  /** @throws ParleyError `not_found` also for runs of channels that the asker may not write */
  async cancel(dto: CancelDto, token: string | undefined): Promise<Answer> {
    const { channel, message_id } = dto;
    // Before anything is looked up: a stranger should not learn which runs exist.
    const { tenant } = this.access.authenticate(token);
    const run_id = dto.run_id ?? runIdOf({ tenant, channel: channel! }, message_id!);
    const run = await this.runs.get(run_id);
    if (!run || run.tenant !== tenant || (channel !== undefined && channel !== run.channel))
      throw noSuchRun();
    this.mayWrite(token, run.channel);
    const { outcome, status } = await this.runs.cancel(run_id);
    if (outcome === 'not_found') throw noSuchRun();
    return { type: 'cancel', channel: run.channel, message_id: run.message_id, run_id, outcome, status };
  }

  /** A page of the channel's conversation, oldest first unless asked otherwise. */
  async history(dto: HistoryDto, token: string | undefined): Promise<Answer> {
    const { channel, after, limit = HISTORY_LIMIT, order = 'asc' } = dto;
    const { tenant } = this.access.authorize(token, 'read', channel);
    const ref: ChannelRef = { tenant, channel };
    const thread = await this.threads.find(ref);
    const page = thread
      ? await this.transcripts.page(thread, { limit, order, ...(after !== undefined && { after }) })
      : { items: [] };
    return { type: 'history', channel, thread_id: thread?.id ?? null, ...page };
  }

  private mayWrite(token: string | undefined, channel: string): void {
    try {
      this.access.authorize(token, 'write', channel);
    } catch (error) {
      throw toParleyError(error).code === 'forbidden' ? noSuchRun() : error;
    }
  }
}

const noSuchRun = (): ParleyError => new ParleyError('not_found', 'unable to cancel; no such run');
