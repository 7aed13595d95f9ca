// One guard each on a real broker: answers and how far they have come stand or fall together, and only the newest owner
// of the outbox writes.
import { randomBytes } from 'node:crypto';
import { KafkaConfig } from '#config';
import { KafkaTopics, TransactionalLane, type OutgoingRecord } from '#messaging';
import { readCommitted } from '../rig/committed-records.js';
import type { Proof } from './ground.js';

interface Place {
  config: KafkaConfig;
  topic: string;
  open(): Promise<TransactionalLane>;
  record(key: string): OutgoingRecord;
}

async function place(): Promise<Place> {
  const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
  if (brokers.length === 0) throw new Error('BOOTSTRAP_SERVER is not set');
  const config = Object.assign(new KafkaConfig(), { brokers });
  const topic = `proof-${randomBytes(6).toString('hex')}`;
  await new KafkaTopics(config).ensure([topic]);
  return {
    config,
    topic,
    open: () => TransactionalLane.open(config, { name: `${topic}-lane`, topic }),
    record: (key) => ({ topic, key: Buffer.from(key), value: Buffer.from('{}') }),
  };
}

async function keys({ config, topic }: Place): Promise<string[]> {
  const records = await readCommitted(config.brokers.join(','), [topic]);
  return records.map(({ key }) => String(key));
}

export const KAFKA_PROOFS = {
  'kafka-cursor': async (g) => {
    const at = await place();
    const lane = await at.open();
    await lane.send([at.record('first')], 10n);
    await lane.close();
    const next = await at.open();
    g.expect('how far the next owner knows that it has come', Number(next.cursor), 10);
    await next.close();
    g.expect('what was written', await keys(at), ['first']);
  },

  'kafka-fence': async (g) => {
    const at = await place();
    const late = await at.open();
    const owner = await at.open();
    const outcome = await late.send([at.record('late')], 11n).then(
      () => 'written',
      () => 'fenced',
    );
    g.expect('a late owner', outcome, 'fenced');
    await owner.send([at.record('owner')], 12n);
    await Promise.all([late.close(), owner.close()]);
    g.expect('what was written', await keys(at), ['owner']);
  },
} as const satisfies Record<string, Proof>;
