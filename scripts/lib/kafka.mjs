// Kafka: how to recognise one that runs already, and how to run a single KRaft node from jars that Maven brings.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { claimPort } from './ports.mjs';
import { converse, waitFor } from './probe.mjs';
import { launch, runLogged } from './processes.mjs';

const VERSION = '4.2.0';
const JARS = join(CACHE_DIR, `kafka-${VERSION}`);
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
  installed: () => java17() && (existsSync(JARS) || runs('mvn', ['--version'])),

  async objection(port) {
    return (await answers(port)) ? undefined : 'it does not speak the Kafka protocol';
  },

  async start({ dir, port, log, onLaunch }) {
    await bringJars();
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

function java17() {
  const version = spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr ?? '';
  return Number(/version "(\d+)/.exec(version)?.[1] ?? 0) >= 17;
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

async function bringJars() {
  mkdirSync(CACHE_DIR, { recursive: true });
  await withLock(join(CACHE_DIR, 'kafka.lock'), async () => {
    if (existsSync(JARS)) return;
    const draft = mkdtempSync(join(CACHE_DIR, 'kafka-draft-'));
    const log = join(CACHE_DIR, 'kafka-maven.log');
    const dependency = (group, artifact, version) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
    writeFileSync(
      join(draft, 'pom.xml'),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>parley</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', VERSION)}
${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
</dependencies></project>\n`,
    );
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const args = ['-B', '-q', plugin, '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'jars')}`];
    try {
      await runLogged('mvn', { command: 'mvn', args, cwd: draft, log });
      renameSync(join(draft, 'jars'), JARS);
    } catch {
      throw new Fault(`Maven could not bring Kafka ${VERSION}; see ${log}`);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
}
