// Redis, RabbitMQ and Kafka for one state directory: given by the environment, listening already, by Docker, by installed
// programs, by apt; in that order. Remembers in services.json what it started, and stops only that.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeDown, composeUp, dockerAnswers } from './docker.mjs';
import { stopEpmd } from './epmd.mjs';
import { Fault } from './fault.mjs';
import { checkGiven } from './given.mjs';
import { kafka } from './kafka.mjs';
import { claimPort, isFree } from './ports.mjs';
import { listens } from './probe.mjs';
import { isAlive, stop } from './processes.mjs';
import { bringPrograms } from './programs.mjs';
import { rabbitmq } from './rabbitmq.mjs';
import { redis } from './redis.mjs';

export const PROVIDERS = { redis, rabbitmq, kafka };

/**
 * Brings the services up, all at once. What runs already is reused.
 * @param {{dir: string, kinds: string[], owner: string, env: object, useListening: boolean}} options
 *   `owner` is written beside what is started, for {@link down}; `useListening` allows a stranger's service at the default port
 * @returns {Promise<Record<string, {url?: string, source: string, notes: string[], owner?: string}>>} no `url` for an optional service that is absent
 * @throws Fault when one that is needed cannot be had
 */
export async function up(options) {
  const settled = await Promise.allSettled(options.kinds.map((kind) => provide(PROVIDERS[kind], options)));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return Object.fromEntries(options.kinds.map((kind, index) => [kind, settled[index].value]));
}

/**
 * For those who start the services themselves: brings only the programs.
 * @returns {Promise<string[]>} the kinds that had to be installed
 * @throws Fault when one cannot be had
 */
export async function ensureInstalled(kinds) {
  const installed = [];
  for (const kind of kinds) if (await bringPrograms(PROVIDERS[kind])) installed.push(kind);
  return installed;
}

async function provide(provider, { dir, owner, env, useListening }) {
  const notes = [];
  const given = env[provider.variable];
  if (given) {
    await checkGiven(provider, given, env);
    return { url: given, source: `given by ${provider.variable}`, notes };
  }

  const known = read(dir)[provider.kind];
  if (known && (await answers(provider, known))) {
    // What a run that is gone left behind belongs to whoever finds it.
    if (known.owner !== 'services') remember(dir, { ...known, owner });
    return { url: known.url, source: 'running', notes, owner: read(dir)[provider.kind].owner };
  }
  if (known?.process) await stop(known.process, 2_000);

  if (useListening && (await listens(provider.defaultPort))) {
    const objection = await provider.objection(provider.defaultPort);
    if (!objection)
      return {
        url: provider.url(provider.defaultPort),
        source: `found at port ${provider.defaultPort}`,
        notes,
      };
    notes.push(`${provider.label} at port ${provider.defaultPort} is not used: ${objection}`);
  }
  const log = join(dir, 'logs', `${provider.kind}.log`);
  try {
    return { ...(await startOwn(provider, { dir, owner, log, port: known?.port })), notes };
  } catch (error) {
    if (!provider.optional || !(error instanceof Fault)) throw error;
    notes.push(error.message);
    return { source: 'absent', notes };
  }
}

async function startOwn(provider, { dir, owner, log, port: before }) {
  if (dockerAnswers()) {
    const { port, project } = await composeUp(provider, dir, log);
    const entry = { kind: provider.kind, url: provider.url(port), port, owner, project };
    remember(dir, entry);
    return { url: entry.url, source: 'docker compose', owner };
  }
  const source = (await bringPrograms(provider)) ? 'installed by apt, started' : 'started';
  const port = before && (await isFree(before)) ? before : await claimPort(provider.ownPort);
  const url = provider.url(port);
  // Remembered before it answers: a script that is interrupted now still knows what to stop.
  const onLaunch = (identity) => remember(dir, { kind: provider.kind, url, port, owner, process: identity });
  await provider.start({ dir: join(dir, provider.kind), port, log, onLaunch });
  return { url, source, owner };
}

/** Stops what was started here by one of `owners`; what others brought is left alone. `data`: containers lose theirs too. */
export async function down(dir, owners, { data = false } = {}) {
  const mine = Object.values(read(dir)).filter((entry) => owners.includes(entry.owner));
  await Promise.all(mine.filter((entry) => entry.process).map((entry) => stop(entry.process, 15_000)));
  for (const project of new Set(mine.map((entry) => entry.project).filter(Boolean)))
    composeDown(project, { data });
  for (const { kind, url, port } of mine) remember(dir, { kind, url, port, owner: 'nobody' });
  if (mine.some((entry) => entry.kind === 'rabbitmq')) await stopEpmd();
  return mine.map((entry) => entry.kind);
}

/** What is known of each service: url, owner, and whether it answers now. */
export async function status(dir) {
  const entries = Object.values(read(dir)).filter((entry) => entry.owner !== 'nobody');
  return Promise.all(
    entries.map(async ({ kind, url, port, owner, process: identity }) => ({
      kind,
      url,
      port,
      pid: identity?.pid ?? null,
      owner,
      startedByUs: true,
      answers: await answers(PROVIDERS[kind], { port, owner, process: identity }),
    })),
  );
}

export function read(dir) {
  try {
    return JSON.parse(readFileSync(join(dir, 'services.json'), 'utf8'));
  } catch {
    return {}; // nothing was started here yet
  }
}

function remember(dir, entry) {
  mkdirSync(dir, { recursive: true });
  const draft = join(dir, `services.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify({ ...read(dir), [entry.kind]: entry }, undefined, 2)}\n`);
  renameSync(draft, join(dir, 'services.json'));
}

async function answers(provider, { port, owner, process: identity }) {
  if (owner === 'nobody' || (identity && !isAlive(identity))) return false;
  return (await listens(port)) && (await provider.objection(port)) === undefined;
}
