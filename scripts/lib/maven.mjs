// Jars that Maven brings into the cache that all clones share, once for each version.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { runLogged } from './processes.mjs';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export const jarsOf = (name, version) => join(CACHE_DIR, `${name}-${version}`);

/**
 * Whether there is Java 17 or newer, and the jars or a Maven to bring them.
 * @param {string} jars directory, see {@link jarsOf}
 */
export function canHaveJars(jars) {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const java = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  return (
    java >= 17 && (existsSync(jars) || spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status === 0)
  );
}

/**
 * @param {string} name of the directory, the lock and the log
 * @param {{group: string, artifact: string, version: string, classifier?: string, alone?: boolean}[]} dependencies
 *   `alone`: without what it depends on
 * @returns {Promise<string>} the directory that holds them
 * @throws Fault when Maven cannot bring them
 */
export async function bringJars(name, version, dependencies) {
  const jars = jarsOf(name, version);
  mkdirSync(CACHE_DIR, { recursive: true });
  await withLock(join(CACHE_DIR, `${name}.lock`), async () => {
    if (existsSync(jars)) return;
    const draft = mkdtempSync(join(CACHE_DIR, `${name}-draft-`));
    const log = join(CACHE_DIR, `${name}-maven.log`);
    writeFileSync(join(draft, 'pom.xml'), project(name, dependencies));
    const args = ['-B', '-q', PLUGIN, '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'jars')}`];
    try {
      await runLogged('mvn', { command: 'mvn', args, cwd: draft, log });
      renameSync(join(draft, 'jars'), jars);
    } catch {
      throw new Fault(`Maven could not bring ${name} ${version}; see ${log}`);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
  return jars;
}

const ALONE =
  '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';

const project = (name, dependencies) =>
  `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>parley</groupId><artifactId>${name}-jars</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependencies
  .map(
    ({ group, artifact, version, classifier, alone }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${
        classifier ? `<classifier>${classifier}</classifier>` : ''
      }${alone ? ALONE : ''}</dependency>`,
  )
  .join('\n')}
</dependencies></project>\n`;
