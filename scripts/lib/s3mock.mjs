// An S3-compatible server for tests, as one jar that Maven brings; the tests start it themselves.
import { existsSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bringJars, canHaveJars, jarsOf } from './maven.mjs';

const VERSION = '4.11.0';

/** @returns {Promise<{S3MOCK_JAR?: string}>} for the tests' environment; empty where it cannot be had */
export async function s3mockJar() {
  const jars = jarsOf('s3mock', VERSION);
  if (!canHaveJars(jars)) return {};
  const jar = {
    group: 'com.adobe.testing',
    artifact: 's3mock',
    version: VERSION,
    classifier: 'exec',
    alone: true,
  };
  if (!existsSync(jars)) await bringJars('s3mock', VERSION, [jar]);
  return {
    S3MOCK_JAR: join(
      jars,
      readdirSync(jars).find((name) => name.endsWith('.jar')),
    ),
  };
}
