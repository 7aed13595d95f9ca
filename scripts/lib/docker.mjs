// Backing services by `docker compose`, for machines where an engine answers. Knows the compose file's service names and port variables.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, tagOf } from './paths.mjs';
import { claimPort } from './ports.mjs';
import { runLogged } from './processes.mjs';

const PORT_VARIABLES = { redis: 'REDIS_PORT', rabbitmq: 'RABBITMQ_PORT', kafka: 'KAFKA_PORT' };

export function dockerAnswers() {
  const quiet = { stdio: 'ignore', timeout: 5_000 };
  return (
    spawnSync('docker', ['compose', 'version'], quiet).status === 0 &&
    spawnSync('docker', ['info'], quiet).status === 0
  );
}

/** Starts one service and waits for its health check. @returns the port it is published on and how to end it */
export async function composeUp(provider, stateDir, log) {
  const project = `parley-${tagOf(stateDir)}`;
  const port = await claimPort(provider.ownPort);
  const extra = provider.kind === 'rabbitmq' ? { RABBITMQ_MANAGEMENT_PORT: String(await claimPort()) } : {};
  const env = { ...process.env, ...extra, [PORT_VARIABLES[provider.kind]]: String(port) };
  const args = [...compose(project), 'up', '-d', '--wait', '--no-deps', provider.kind];
  await runLogged('docker compose', { command: 'docker', args, env, cwd: ROOT, log });
  return { port, project };
}

export function composeDown(project, { data }) {
  spawnSync('docker', [...compose(project), 'down', ...(data ? ['--volumes'] : [])], {
    stdio: 'ignore',
    cwd: ROOT,
  });
}

function compose(project) {
  return ['compose', '-p', project, '-f', join(ROOT, 'docker-compose.yml')];
}
