// Kafka: how to recognise one that runs already, and how to run a single KRaft node from jars that Maven brings.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringJars, canHaveJars, jarsOf } from './maven.mjs';
import { claimPort } from './ports.mjs';
import { converse, waitFor } from './probe.mjs';
import { launch, runLogged } from './processes.mjs';

const VERSION = '4.2.0';
const JARS = jarsOf('kafka', VERSION);
const DEPENDENCIES = [
  { group: 'org.apache.kafka', artifact: 'kafka_2.13', version: VERSION },
  { group: 'org.slf4j', artifact: 'slf4j-simple', version: '1.7.36' },
];
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

export const kafka = {
  kind: 'kafka',
  label: 'Kafka',
  variable: 'BOOTSTRAP_SERVER',
  defaultPort: 9092,
  ownPort: 19092,
  aptPackages: [],
  installHint: 'a broker in BOOTSTRAP_SERVER, or Java 17 with Maven',
  optional: true,
  url: (port) => `127.0.0.1:${port}`,
  installed: () => canHaveJars(JARS),

  async objection(port) {
    return (await answers(port)) ? undefined : 'it does not speak the Kafka protocol';
  },

  async start({ dir, port, log, onLaunch }) {
    await bringJars('kafka', VERSION, DEPENDENCIES);
    mkdirSync(dir, { recursive: true });
    const config = join(dir, 'server.properties');
    writeFileSync(config, properties(port, await claimPort(), join(dir, 'data')));
    const java = (...args) => ({
      command: 'java',
      args: ['-cp', join(JARS, '*'), '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', ...args],
      cwd: dir,
      log,
    });
    // Data of an earlier start keep the id that they were made with.
    if (!existsSync(join(dir, 'data', 'meta.properties'))) {
      // An id must not begin with a dash: the tool would take it for an option.
      const id = `A${randomBytes(16).toString('base64url').slice(1)}`;
      await runLogged('kafka format', java('kafka.tools.StorageTool', 'format', '-t', id, '-c', config));
    }
    const { identity } = await launch(
      java('-Xms128m', '-Xmx384m', '-XX:TieredStopAtLevel=1', 'kafka.Kafka', config),
    );
    onLaunch(identity);
    await waitFor('Kafka', () => answers(port), { identity, log, timeoutMs: 90_000 });
  },
};

function properties(port, controllerPort, data) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
num.partitions=4
message.max.bytes=${MAX_MESSAGE_BYTES}
replica.fetch.max.bytes=${MAX_MESSAGE_BYTES}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}

/** ApiVersions v0, the one request that every broker answers to everybody; the answer repeats the correlation id. */
async function answers(port) {
  const id = 0x50415259;
  const request = Buffer.alloc(4 + 10);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(18, 4);
  request.writeInt32BE(id, 8);
  request.writeInt16BE(-1, 12); // no client id
  const found = await converse({ port }, request, (bytes) =>
    bytes.length >= 8 ? bytes.readInt32BE(4) : undefined,
  );
  return found === id;
}
