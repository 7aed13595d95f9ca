// Workers on the Kafka of the test run, an upstream behind them, and a foreign client before them: what a story about requests
// over Kafka starts with. Knows nothing of what is asked.
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import { AppProcess } from './app-process.js';
import { KafkaClient } from './kafka-client.js';
import { startSystem, type ParleySystem } from './system.js';

/** Of the test run; none where there is no Kafka. */
export const sharedBrokers: readonly string[] = (process.env['BOOTSTRAP_SERVER'] ?? '')
  .split(',')
  .filter(Boolean);

/** `describe`, or its `skip` where the test run has no Kafka. */
export function describeWithKafka(spec: string): typeof describe.skip {
  if (sharedBrokers.length > 0) return describe;
  process.stderr.write(`${spec}: BOOTSTRAP_SERVER is not set, skipped\n`);
  return describe.skip;
}

export class KafkaWorkers {
  private constructor(
    /** Theirs alone: the group's name, and a good start for keys. */
    readonly id: string,
    readonly parley: ParleySystem,
    readonly workers: AppProcess[],
    readonly kafka: KafkaClient,
  ) {}

  /** @param env of the workers, beside what all of them have; `stop()` them in `afterAll` */
  static async start(count: number, env: Record<string, string> = {}): Promise<KafkaWorkers> {
    const id = `e2e-${randomBytes(5).toString('hex')}`;
    const parley = await startSystem({ streams: [], gateway: false });
    const workers: AppProcess[] = [];
    const all = {
      ...parley.env,
      // The stories ask more in a minute than a service lets people ask.
      REQUESTS_PER_MINUTE: '0',
      BOOTSTRAP_SERVER: sharedBrokers.join(','),
      CONSUMER_GROUP: id,
      IS_DEV: 'true',
      ...env,
    };
    try {
      for (let i = 0; i < count; i++)
        workers.push(await AppProcess.start({ app: 'gpt-worker', env: all, readyPath: '/health/ready' }));
      const names = { send: 'gpt-send_dev', response: 'gpt-response_dev' };
      return new KafkaWorkers(id, parley, workers, await KafkaClient.open([...sharedBrokers], names, id));
    } catch (error) {
      await Promise.all([...workers.map((worker) => worker.stop()), parley.stop()]);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.kafka.close();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.parley.stop();
  }
}
