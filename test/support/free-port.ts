// Picks a loopback port that nothing listens on. Knows nothing of who will use it.
// The port lies below the kernel's ephemeral range: there, a client that reconnects to a stopped service can be given
// the service's own port as its source and then talk to itself.
import { createServer } from 'node:net';

const LOWEST = 11_000;
const HIGHEST = 32_000;

/** A TCP port on 127.0.0.1 that was free a moment ago, outside the ephemeral range. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`unable to find a free port; 100 ports between ${LOWEST} and ${HIGHEST} were taken`);
}

/** True when 127.0.0.1:`port` can be listened on. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
