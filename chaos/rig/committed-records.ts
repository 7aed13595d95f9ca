// What a reader of committed records sees in topics, by Kafka's own client in a JVM; see CommittedReader.java.
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { kafkaJars } from '#testing';

export interface CommittedRecord {
  topic: string;
  partition: number;
  offset: number;
  /** UTC ms, as its producer stamped it. */
  at: number;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers: Map<string, string>;
}

const TIMEOUT_MS = 120_000;
const MAX_BYTES = 512 * 1024 * 1024;

/** Why there can be no Kafka here; undefined when there can. */
export function kafkaIsAbsent(): string | undefined {
  if (kafkaJars() === undefined) return 'its jars are not in the cache (npm start brings them)';
  const modules = spawnSync('java', ['--list-modules'], { encoding: 'utf8' });
  if (modules.error) return 'there is no Java';
  return modules.stdout.includes('jdk.compiler') ? undefined : 'its reader needs a JDK, not only a JRE';
}

/** All of them, in the order of each partition. @throws when the end is not reached */
export function readCommitted(brokers: string, topics: readonly string[]): Promise<CommittedRecord[]> {
  const source = join(import.meta.dirname, 'CommittedReader.java');
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  const args = ['-Xmx512m', '-XX:TieredStopAtLevel=1', quiet, '-cp', join(kafkaJars()!, '*'), source];
  return new Promise((resolve, reject) => {
    execFile(
      'java',
      [...args, brokers, ...topics],
      { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES },
      (error, stdout, stderr) => {
        if (error)
          reject(new Error(`unable to read committed records; ${stderr.slice(-800) || error.message}`));
        else resolve(stdout.split('\n').filter(Boolean).map(toRecord));
      },
    );
  });
}

function toRecord(line: string): CommittedRecord {
  const [topic = '', partition, offset, at, key = '-', value = '-', ...headers] = line.split('\t');
  return {
    topic,
    partition: Number(partition),
    offset: Number(offset),
    at: Number(at),
    key: bytes(key),
    value: bytes(value),
    headers: new Map(headers.map((pair) => pair.split(':').map(text) as [string, string])),
  };
}

const bytes = (encoded: string): Buffer | undefined =>
  encoded === '-' ? undefined : Buffer.from(encoded, 'base64');
const text = (encoded: string): string => bytes(encoded)?.toString('utf8') ?? '';
