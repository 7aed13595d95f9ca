// The issuer's public keys by their URL: fetched when needed, kept for ten minutes, and, when the issuer is away, for a day.
// Made ready when they arrive, not under the first token. Knows nothing of tokens beyond the header that asks for a key.
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Logger } from '@nestjs/common';
import { TOKEN_ALGORITHMS } from '#config';
import { ParleyError } from '#contracts';

const FRESH_MS = 600_000;
const STALE_MS = 86_400_000;
/** Between two fetches for a key id that is not known: a stranger can make up ids at will. */
const UNKNOWN_MS = 30_000;
const FETCH_MS = 5_000;
const BODY_BYTES = 262_144;

const PUBLIC_ALGORITHMS = TOKEN_ALGORITHMS.filter((name) => name !== 'HS256');

type Find = ReturnType<typeof createLocalJWKSet>;

export class PublicKeys {
  private readonly logger = new Logger('PublicKeys');
  private find: Find | undefined;
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;
  private fetching: Promise<void> | undefined;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly url: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Throws what jose throws when no key fits. @throws ParleyError `busy` when there are no keys to judge by */
  readonly keyFor: JWTVerifyGetKey = async (header, input) => {
    const age = this.now() - this.fetchedAt;
    if (age > FRESH_MS && this.mayTry()) await this.fetch();
    const find = this.find;
    if (!find || this.now() - this.fetchedAt > STALE_MS)
      throw new ParleyError('busy', 'unable to verify token; the keys are out of reach');
    try {
      return await find(header, input);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY' || !this.mayTry()) throw error;
      await this.fetch();
      return this.find!(header, input);
    }
  };

  /** Has the keys at hand before the first token asks for them. Never rejects. */
  async warm(): Promise<void> {
    if (this.find !== undefined || !this.mayTry()) return;
    await this.fetch();
    // An issuer that starts after us is asked again by the first token, not only half a minute later.
    if (this.find === undefined) this.triedAt = -Infinity;
  }

  /** While a fetch is under way everybody waits for that one. */
  private mayTry(): boolean {
    return this.fetching !== undefined || this.now() - this.triedAt >= UNKNOWN_MS;
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.load().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async load(): Promise<void> {
    this.triedAt = this.now();
    try {
      // A redirect would let whoever answers send us to keys of his own.
      const response = await fetch(this.url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const keys = JSON.parse(await readBounded(response)) as JSONWebKeySet;
      const find = createLocalJWKSet(keys);
      await importAll(find, keys);
      this.find = find;
      this.fetchedAt = this.now();
    } catch (error) {
      this.logger.warn({ err: error }, 'unable to fetch the keys of tokens; going on with those at hand');
    }
  }
}

/** jose keeps what it has imported. A key that cannot be imported is refused when a token asks for it. */
async function importAll(find: Find, { keys }: JSONWebKeySet): Promise<void> {
  const asked = keys.flatMap(({ kid }) =>
    PUBLIC_ALGORITHMS.map((alg) => ({ alg, ...(kid !== undefined && { kid }) })),
  );
  await Promise.allSettled(asked.map((header) => find(header, {} as never)));
}

async function readBounded(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BODY_BYTES) throw new Error(`more than ${BODY_BYTES} bytes`);
  }
  return text;
}
