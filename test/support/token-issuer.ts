// An issuer of tokens for tests: RSA and EC keys behind a JWKS URL, a shared secret, and every way we know to get a token wrong.
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

export interface Fault {
  name: string;
  /** undefined: no token at all. Made when it is used, because some of it is about that moment. */
  token: () => Promise<string | undefined>;
}

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

export class TokenIssuer {
  static readonly issuer = 'https://issuer.example';
  static readonly audience = 'parley';
  readonly secret = 'c3VjaCBhIHNlY3JldCBpcyBhIHNlY3JldCBpbmRlZWQ';
  /** Requests for the keys so far. */
  fetches = 0;
  /** What the JWKS URL answers with; 200 normally. */
  status = 200;

  private constructor(
    private readonly server: Server,
    private readonly keys: Record<
      Exclude<Algorithm, 'HS256'>,
      { publicKey: CryptoKey; privateKey: CryptoKey }
    >,
  ) {}

  static async start(): Promise<TokenIssuer> {
    const pair = (alg: string) => generateKeyPair(alg, { extractable: true });
    const keys = { RS256: await pair('RS256'), ES256: await pair('ES256'), EdDSA: await pair('EdDSA') };
    const jwks = await Promise.all(
      Object.entries(keys).map(async ([alg, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        alg,
        kid: `key-${alg}`,
        use: 'sig',
      })),
    );
    const server = createServer((_request, response) => {
      issuer.fetches++;
      response.writeHead(issuer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: jwks }));
    });
    const issuer = new TokenIssuer(server, keys);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  /** What the apps must be told to trust it. */
  get env(): Record<string, string> {
    return {
      JWT_SECRET: this.secret,
      JWT_JWKS_URL: this.jwksUrl,
      JWT_ISSUER: TokenIssuer.issuer,
      JWT_AUDIENCE: TokenIssuer.audience,
    };
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** A token that is right but for what is asked for; `undefined` leaves a claim out. */
  async token(
    claims: JWTPayload = {},
    { alg = 'HS256', header = {} }: { alg?: Algorithm; header?: Record<string, unknown> } = {},
  ): Promise<string> {
    const now = nowSeconds();
    const all = {
      sub: 'ada',
      scope: 'channels assistants vcons documents usage',
      iss: TokenIssuer.issuer,
      aud: TokenIssuer.audience,
      iat: now,
      exp: now + 600,
      ...claims,
    };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(given)
      .setProtectedHeader({ alg, typ: 'JWT', kid: `key-${alg}`, ...header } as { alg: string })
      .sign(alg === 'HS256' ? Buffer.from(this.secret) : this.keys[alg].privateKey);
  }

  /** @param text of the payload, byte for byte */
  signed(header: object, text: string): string {
    const input = `${base64(header)}.${base64(text)}`;
    return `${input}.${createHmac('sha256', this.secret).update(input).digest('base64url')}`;
  }

  /** Everything that must end as the same 401. */
  async faults(): Promise<Fault[]> {
    const good = await this.token();
    const [head, body, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as JWTPayload;
    const pem = await exportSPKI(this.keys.RS256.publicKey);
    const byPublicKey = async (header: object) => {
      const input = `${base64({ alg: 'HS256', typ: 'JWT', ...header })}.${body}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    };
    const zeroes = `${base64({ alg: 'ES256', typ: 'JWT', kid: 'key-ES256' })}.${body}.${Buffer.alloc(64).toString('base64url')}`;
    const inHeader = (header: Record<string, unknown>) =>
      this.signed({ alg: 'HS256', typ: 'JWT', ...header }, JSON.stringify(claims));
    const none = (alg: string) => `${base64({ alg, typ: 'JWT' })}.${body}.`;
    const jwk = await exportJWK(this.keys.RS256.publicKey);
    const made: [string, () => unknown][] = [
      ['none', () => undefined],
      ['not a token', () => 'hello'],
      ['bad signature', () => `${head}.${body}.${signature.slice(0, -4)}AAAA`],
      ['other payload', () => `${head}.${base64({ ...claims, scope: 'admin' })}.${signature}`],
      ['alg none', () => none('none')],
      ['alg nOnE', () => `${none('nOnE')}AAAA`],
      [
        'an algorithm that is not accepted',
        () => this.signed({ alg: 'HS512', typ: 'JWT' }, JSON.stringify(claims)),
      ],
      ['RS256 said, HS256 done', () => inHeader({ alg: 'RS256', kid: 'key-RS256' })],
      ['HS256 with the RSA public key', () => byPublicKey({})],
      ['the same with its key id', () => byPublicKey({ kid: 'key-RS256' })],
      ['ES256 with r=s=0', () => zeroes],
      ['kid path trick', () => this.token({}, { alg: 'RS256', header: { kid: '../../etc/passwd' } })],
      ['kid as an object', () => inHeader({ kid: { a: 1 } })],
      ['jku', () => inHeader({ jku: 'https://evil.example/jwks' })],
      ['x5u', () => inHeader({ x5u: 'https://evil.example/x5u' })],
      ['jwk', () => inHeader({ jwk })],
      ['x5c', () => inHeader({ x5c: ['MII'] })],
      ['crit', () => inHeader({ crit: ['exp'] })],
      ['wrong typ', () => inHeader({ typ: 'id+jwt' })],
      ['wrong aud', () => this.token({ aud: 'others' })],
      ['no aud', () => this.token({ aud: undefined as never })],
      ['wrong iss', () => this.token({ iss: 'https://evil.example' })],
      ['no exp', () => this.token({ exp: undefined as never })],
      ['expired 31 s ago', () => this.token({ exp: nowSeconds() - 31 })],
      ['valid in 31 s', () => this.token({ nbf: nowSeconds() + 33 })],
      ['issued 25 hours ago', () => this.token({ iat: nowSeconds() - 25 * 3_600 })],
      ['issued in the future', () => this.token({ iat: nowSeconds() + 120 })],
      ['9 KB', () => this.token({ filler: 'x'.repeat(9_000) })],
      ['padding', () => `${head}.${body}=.${signature}`],
      [
        'a claim twice',
        () =>
          this.signed(
            { alg: 'HS256', typ: 'JWT' },
            `{"sub":"eve","s\\u0075b":"ada",${JSON.stringify(claims).slice(1)}`,
          ),
      ],
      ['no subject', () => this.token({ sub: undefined as never })],
      ['a tenant for a glob', () => this.token({ tenant: '*' })],
      ['a tenant of 65 characters', () => this.token({ tenant: 'x'.repeat(65) })],
      ['channels that are no list', () => this.token({ channels: 'demo' })],
    ];
    return made.map(([name, make]) => ({ name, token: async () => (await make()) as string | undefined }));
  }
}
