// The outbox's way out for requests that came by Kafka: answers and how far they have come in one transaction, so that
// a reader of committed records sees each once.
import { Injectable } from '@nestjs/common';
import { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';
import { isTooLarge, KafkaTopics, TransactionalLane, type OutgoingRecord } from '#messaging';
import { fromNumber, toNumber, type OutboxEntry, type OutboxSender, type OutboxWay } from '#runs';
import { GPT_RESPONSE, PHOTO_RESPONSE } from '../topics.js';
import { AnswerSignature } from './answer-signature.js';
import { toErrorResponse, toGptResponse } from './to-gpt-response.js';

/** Bytes of a transaction, so that it stays below what a topic takes at once; a larger record goes alone. */
const BATCH_BYTES = 512 * 1024;
/** Key and framing, beside the value. */
const RECORD_OVERHEAD = 4_096;

@Injectable()
export class KafkaOutboxSender implements OutboxSender {
  readonly kind = 'kafka';
  /** Bytes of the next transaction; 0 = one record, to find the one that a topic does not take. */
  private batchBytes = BATCH_BYTES;
  /** Entries whose record the topic does not take; their askers are told so. */
  private readonly tooLarge = new Set<string>();

  constructor(
    private readonly config: KafkaConfig,
    private readonly topics: KafkaTopics,
    private readonly signature: AnswerSignature,
  ) {}

  async open(lane: number): Promise<OutboxWay> {
    const topic = this.config.topic(GPT_RESPONSE);
    const others = this.config.photos ? [this.config.topic(PHOTO_RESPONSE)] : [];
    await this.topics.ensure([topic, ...others]);
    const name = `${this.config.groupId}-outbox-${lane}`;
    const transactions = await TransactionalLane.open(this.config, { name, topic });
    return {
      get cursor() {
        const { cursor } = transactions;
        return cursor === undefined ? undefined : fromNumber(cursor);
      },
      send: (entries) => this.send(transactions, entries),
      close: () => transactions.close(),
    };
  }

  private async send(lane: TransactionalLane, entries: readonly OutboxEntry[]): Promise<string[]> {
    const records: OutgoingRecord[] = [];
    const ids: string[] = [];
    let bytes = 0;
    for (const entry of entries) {
      const record = this.toRecord(entry);
      bytes += record?.value?.length ?? 0;
      if (records.length > 0 && bytes > this.batchBytes) break;
      ids.push(entry.id);
      if (record) records.push(this.signature.sign(record));
    }
    const last = ids.at(-1);
    if (last === undefined) return [];
    try {
      if (records.length > 0) await lane.send(records, toNumber(last));
    } catch (error) {
      if (isTooLarge(error) && records.length === 1) this.tooLarge.add(last);
      else if (isTooLarge(error)) this.batchBytes = 0;
      throw error;
    }
    this.batchBytes = BATCH_BYTES;
    for (const id of ids) this.tooLarge.delete(id);
    return ids;
  }

  private toRecord(entry: OutboxEntry): OutgoingRecord | undefined {
    const { id, reply } = entry;
    if (reply.kind !== this.kind) return undefined;
    const topic = this.config.topic(reply.topic);
    const record = {
      ...('refusal' in entry
        ? toErrorResponse(reply, entry.refusal, entry.at)
        : toGptResponse(reply, entry.end)),
      topic,
    };
    if (!this.tooLarge.has(id) && (record.value?.length ?? 0) < this.config.maxRecordBytes - RECORD_OVERHEAD)
      return record;
    const fault = new ParleyError('too_large', 'unable to write to Kafka; the answer is too large');
    return { ...toErrorResponse(reply, fault, entry.at), topic };
  }
}
