// What finding out who asks adds to a request: one verifier, in this process, on tokens seen a moment ago and on new ones.
import { webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { TokenVerifier } from '#auth';
import { AccessConfig, loadConfigs, ServerConfig } from '#config';
import { median, quantile, sortedOf } from '../measure/percentiles.js';
import { awaitQuiet } from '../measure/machine.js';
import type { Case } from './case.js';

const MOST_MS = 0.2;
const AUDIENCE = 'bench';
const WARM_MS = 200;
const { subtle } = webcrypto;

export const tokens: Case = {
  name: 'tokens',
  async run(settings) {
    const count = settings.quick ? 500 : 2_000;
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }] });
    const server = createServer((_request, response) => response.end(keys));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { JWT_JWKS_URL: `http://127.0.0.1:${port}/`, JWT_AUDIENCE: AUDIENCE };
    const [access, config] = loadConfigs([AccessConfig, ServerConfig], env) as [AccessConfig, ServerConfig];
    const nothingRevoked = { has: () => false, loaded: async () => undefined };
    const seen: number[] = [];
    const anew: number[] = [];
    const first: number[] = [];
    const bare: number[] = [];
    try {
      for (let round = 0; round < settings.rounds; round++) {
        await awaitQuiet(settings);
        const verifier = new TokenVerifier(access, config, nothingRevoked as never);
        // As at the start of an app; what the keys cost is then not the first token's.
        verifier.onApplicationBootstrap();
        await setTimeout(WARM_MS);
        const made = await Promise.all(
          Array.from({ length: count }, (_, i) => token(privateKey, `${round}-${i}`)),
        );
        first.push(await timeOf(() => verifier.verify(made[0]!)));
        bare.push(await ninetyFifth(made.slice(1), (text) => signature(publicKey, text)));
        anew.push(await ninetyFifth(made.slice(1), (text) => verifier.verify(text)));
        seen.push(await ninetyFifth(made, (text) => verifier.verify(text)));
        settings.note(
          `first ${first.at(-1)!.toFixed(3)} ms, bare signature ${bare.at(-1)!.toFixed(3)} ms, new ${anew.at(-1)!.toFixed(3)} ms, seen before ${seen.at(-1)!.toFixed(4)} ms`,
        );
      }
    } finally {
      server.close();
    }
    const figure = (id: string, what: string, values: number[]) => ({
      id: `tokens.${id}`,
      what,
      unit: 'ms',
      value: Math.min(...values),
      median: median(values),
    });
    return [
      { ...figure('seen', 'who sent a token seen before, p95', seen), target: { most: MOST_MS } },
      figure('anew', 'who sent a new ES256 token, p95', anew),
      figure('bare', 'its signature alone, by WebCrypto, p95', bare),
      figure('first', 'the very first token of a process', first),
    ];
  },
};

const token = (key: Parameters<SignJWT['sign']>[0], id: string): Promise<string> =>
  new SignJWT({ scope: 'channels', channels: ['team-*'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setSubject('ada')
    .setAudience(AUDIENCE)
    .setJti(id)
    .setExpirationTime('1h')
    .sign(key);

/** What no verifier can go below. */
function signature(key: CryptoKey, text: string): Promise<boolean> {
  const dot = text.lastIndexOf('.');
  const [input, signed] = [Buffer.from(text.slice(0, dot)), Buffer.from(text.slice(dot + 1), 'base64url')];
  return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signed, input);
}

/** In ms. */
async function timeOf(act: () => unknown): Promise<number> {
  const begun = performance.now();
  const found = act();
  if (found instanceof Promise) await found;
  return performance.now() - begun;
}

/** Of the times in ms that each took, one after the other. */
async function ninetyFifth(made: readonly string[], act: (text: string) => unknown): Promise<number> {
  const times: number[] = [];
  for (const text of made) times.push(await timeOf(() => act(text)));
  return quantile(sortedOf(times), 0.95);
}
