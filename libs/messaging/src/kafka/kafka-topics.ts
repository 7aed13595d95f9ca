// Topics that must be there before anybody reads or writes. One that is absent is made as our records need it; one that
// exists stays as its owner made it.
import { Injectable } from '@nestjs/common';
import { Admin } from '@platformatic/kafka';
import { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';
import { clientOptions } from './client-options.js';
import { toConnectionFault } from './connection-fault.js';
import { errorIds } from './error-ids.js';
import { deadTopic } from './kafka-record.js';

/** Headers that say why a record was set aside. */
const HEADER_ROOM = 64 * 1024;

@Injectable()
export class KafkaTopics {
  private readonly known = new Set<string>();

  constructor(private readonly config: KafkaConfig) {}

  /**
   * @param topics as the brokers know them; each gets its dead-letter topic when `dead`
   * @throws ParleyError `state_unavailable`, with the reason
   */
  async ensure(topics: readonly string[], { dead = false } = {}): Promise<void> {
    const sizes = new Map<string, number>();
    for (const topic of topics) {
      sizes.set(topic, this.config.maxRecordBytes);
      if (dead) sizes.set(deadTopic(topic), this.config.maxRecordBytes + HEADER_ROOM);
    }
    for (const topic of this.known) sizes.delete(topic);
    if (sizes.size === 0) return;
    const admin = new Admin(clientOptions(this.config));
    try {
      const existing = new Set(await admin.listTopics());
      for (const [topic, bytes] of sizes) {
        if (!existing.has(topic)) await this.create(admin, topic, bytes);
        this.known.add(topic);
      }
    } catch (cause) {
      const text = `unable to see to Kafka's topics; ${toConnectionFault(cause)}`;
      throw new ParleyError('state_unavailable', text, { cause });
    } finally {
      // An admin whose broker is gone has nothing to say goodbye to.
      await admin.close().catch(() => undefined);
    }
  }

  /** Whatever was there may be gone by now. */
  forget(): void {
    this.known.clear();
  }

  private async create(admin: Admin, topic: string, bytes: number): Promise<void> {
    const { partitions, replicas } = this.config;
    const configs = [
      { name: 'max.message.bytes', value: String(bytes) },
      // The brokers unpack what comes compressed, and hold the limit against that: a megabyte may otherwise be a gigabyte here.
      { name: 'compression.type', value: 'uncompressed' },
    ];
    try {
      await admin.createTopics({ topics: [topic], partitions, replicas, configs });
    } catch (error) {
      // Several processes start at once.
      if (!errorIds(error).has('TOPIC_ALREADY_EXISTS')) throw error;
    }
  }
}
