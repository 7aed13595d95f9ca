// Chooses ports: the wanted one if it is free, else another below the ephemeral range, so that no reconnecting client
// is ever given a stopped service's port. Two clones that start at once do not choose the same one: a claim is a lock.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tryLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';

/** @returns {Promise<number>} a port that is free on 127.0.0.1 and claimed for as long as this process lives */
export async function claimPort(wanted) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = attempt === 0 && wanted ? wanted : 11_000 + Math.floor(Math.random() * 21_000);
    if (tryLock(join(CACHE_DIR, 'ports', String(port))) && (await isFree(port))) return port;
  }
  throw new Error('unable to find a free port');
}

/** Free on every address: an app that listens on 0.0.0.0 must not collide with another's loopback port, nor the other way round. */
export async function isFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
