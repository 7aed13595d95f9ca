// Conversations across the border between channels and vCons: read out page by page, or begun from a vCon that is kept.
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { PrivacyConfig, RunsConfig, type PiiKind } from '#config';
import { ParleyError, type ChannelRef } from '#contracts';
import { PersonalDataMasker } from '#privacy';
import { ThreadImport, ThreadStore, TranscriptStore, type TranscriptPage } from '#threads';
import type { VconStudy } from '../storage/study-vcon.js';
import { VconReader } from '../storage/vcon-reader.js';
import type { AccountOptions } from '../storage/vcon-options.js';
import { VconStorage } from '../storage/vcon-storage.js';
import { toVcon, type ConversationMessage } from '../vcon/conversation-vcon.js';
import type { Vcon } from '../vcon/vcon.js';

export interface StartedThread {
  channel: string;
  thread_id: string;
  /** Text dialogs that the thread begins with. */
  turns: number;
  /** Older ones, which no context would hold. */
  left_out: number;
}

/** Messages per read, and in one vCon. */
const PAGE = 100;
const MOST_MESSAGES = 20_000;
/** Of a vCon's turns: beyond what a model's context takes from a thread there is no use in more. */
const LIMITS = { turns: 1_000, bytes: 2 * 1024 * 1024 };

@Injectable()
export class ChannelVcons {
  constructor(
    private readonly threads: ThreadStore,
    private readonly transcript: TranscriptStore,
    private readonly imports: ThreadImport,
    private readonly storage: VconStorage,
    private readonly reader: VconReader,
    private readonly runs: RunsConfig,
    private readonly privacy: PrivacyConfig,
  ) {}

  /** @throws ParleyError `not_found` without a thread, `too_large` */
  async export(ref: ChannelRef): Promise<Vcon> {
    const thread = await this.threads.find(ref);
    if (thread === undefined) throw new ParleyError('not_found', 'unable to find channel; it has no thread');
    const messages: ConversationMessage[] = [];
    let after: string | undefined;
    do {
      const query = { limit: PAGE, order: 'asc' as const, ...(after !== undefined && { after }) };
      const page: TranscriptPage = await this.transcript.page(thread, query);
      for (const { role, text, created_at, message_id } of page.items)
        messages.push({ role, text, at: created_at, message_id });
      if (messages.length > MOST_MESSAGES)
        throw new ParleyError('too_large', `unable to export channel; more than ${MOST_MESSAGES} messages`);
      after = page.next;
    } while (after !== undefined);
    const { id, created_at, last_message_at } = thread;
    return toVcon({ thread_id: id, created_at, updated_at: last_message_at, messages });
  }

  /**
   * Makes the thread of a channel that has none.
   * @throws ParleyError `not_found`, `thread_exists`; `vcon_invalid` for one that has no text dialog, or is encrypted: it was sealed for somebody,
   * not for a model
   */
  async begin(ref: ChannelRef, uuid: string, account: AccountOptions): Promise<StartedThread> {
    const { uuid: name, created_at, turns } = await this.saved(ref.tenant, uuid, account);
    if (turns === undefined) throw refused('$: is encrypted');
    const { taken, left_out, too_long } = turns;
    if (too_long !== undefined) throw refused(`$.dialog[${too_long}]: is too long for a conversation`);
    if (taken.length === 0) throw refused('$.dialog: has no text');
    const shown = this.shown();
    const begun = Date.parse(created_at ?? '');
    const thread = await this.imports.begin(
      ref,
      taken.map(({ role, text, at, dialog }) => ({
        role,
        text: shown(text),
        at: at ?? (Number.isFinite(begun) ? begun : 0),
        id: `vcon_${name}_${dialog}`,
      })),
    );
    return { channel: ref.channel, thread_id: thread.id, turns: taken.length, left_out };
  }

  /**
   * Our own transcript is masked on its way to the model; one that the provider keeps is there at once, and nobody could put anything back in it.
   */
  private shown(): (text: string) => string {
    const { mode, kinds } = this.privacy;
    if (mode === 'off' || this.runs.transcriptStore === 'redis') return (text) => text;
    const masker = new PersonalDataMasker({ mode: 'mask', kinds: kinds as PiiKind[] });
    return (text) => masker.mask(text);
  }

  private async saved(tenant: string, uuid: string, account: AccountOptions): Promise<VconStudy> {
    const found = await this.storage.get(tenant, uuid, account);
    if (found?.kind !== 'original') throw new ParleyError('not_found', 'unable to find vCon');
    return this.reader.study(await buffer(found.body), { turns: LIMITS });
  }
}

const refused = (detail: string): ParleyError =>
  new ParleyError('vcon_invalid', `unable to begin thread; ${detail}`, { details: [detail] });
