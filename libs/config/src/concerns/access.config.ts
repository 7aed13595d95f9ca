import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { Env } from '../env.js';

export const TOKEN_ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Each is tried in turn, so each costs whoever sends a wrong token a signature more. */
const PREVIOUS_SECRETS = 4;

export class AccessConfig {
  @Env(
    'WS_OPEN',
    'Channels can be read and written without a token. Default: open in development when neither a token nor JWT is set, closed in production.',
  )
  @IsOptional()
  @IsBoolean()
  open?: boolean;

  @Env(
    'WS_TOKEN',
    'Shared secret that opens every channel, as `Authorization: Bearer`, WebSocket subprotocol or `token` of a subscribe frame.',
    { secret: true },
  )
  @IsString()
  token: string = '';

  @Env(
    'WS_ALLOWED_ORIGINS',
    'Origins from which browsers may connect; empty = any when open, none when closed.',
  )
  allowedOrigins: string[] = [];

  @Env('ADMIN_USER', 'Login of Bull Board and the administrative routes.')
  @IsString()
  adminUser: string = 'admin';

  @Env('ADMIN_PASSWORD', 'Its password; without one these routes stay closed.', { secret: true })
  @IsString()
  adminPassword: string = '';

  @Env('JWT_SECRET', 'Key of HS256 tokens, at least 32 bytes in production.', { secret: true })
  @IsString()
  jwtSecret: string = '';

  @Env(
    'SECRET_KEY',
    'Its older name; read when JWT_SECRET is not set. gpt-worker signs its answers by it, and does not start in production without it.',
    { secret: true },
  )
  @IsString()
  secretKey: string = '';

  @Env(
    'JWT_PREVIOUS_SECRET',
    'HS256 secrets of before, separated by commas: accepted while tokens live on that were signed by them, never signed with.',
    { secret: true },
  )
  @ArrayMaxSize(PREVIOUS_SECRETS, { message: `must name at most ${PREVIOUS_SECRETS} secrets` })
  previousSecrets: string[] = [];

  @Env(
    'JWT_JWKS_URL',
    "Where the issuer's public keys are, for RS256, ES256 and EdDSA tokens. `https`; `http` from this machine only, and not in production.",
  )
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http:// or https:// URL' })
  jwksUrl?: string;

  @Env(
    'JWT_ALGORITHMS',
    'The only ones that are accepted. Default: HS256 with a secret; RS256, ES256, EdDSA with a JWKS URL.',
  )
  @IsIn(TOKEN_ALGORITHMS, { each: true })
  jwtAlgorithms: string[] = [];

  @Env('JWT_ISSUER', 'What `iss` must be; empty = not looked at.')
  @IsString()
  jwtIssuer: string = '';

  @Env('JWT_AUDIENCE', 'What `aud` must be or hold; empty = not looked at.')
  @IsString()
  jwtAudience: string = '';

  @Env(
    'JWT_MAX_AGE_SECONDS',
    'How old a token that says when it was issued (`iat`) may be, whatever its `exp`; 0 = any age.',
  )
  @IsInt()
  @Min(0)
  jwtMaxAgeSeconds: number = 86_400;

  @Env(
    'SIGN_IN_FAILURES',
    'Wrong tokens and passwords from one address in a window; what is wrong beyond that is answered 429. 0 = as many as they like.',
  )
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  signInFailures: number = 30;

  @Env('SIGN_IN_WINDOW_SECONDS', 'That window; it begins with the first of them.')
  @IsInt()
  @Min(1)
  @Max(86_400)
  signInWindowSeconds: number = 60;

  @Env(
    'AUDIT_KEY',
    'Key of the hash chain of the audit log; without one whoever can write to Redis can forge it.',
    {
      secret: true,
    },
  )
  @IsString()
  auditKey: string = '';

  /** Key of HS256 tokens; empty = there is none. */
  get hmacSecret(): string {
    return this.jwtSecret || this.secretKey;
  }

  /** Algorithms that are accepted; none = tokens are no way in. */
  get algorithms(): readonly TokenAlgorithm[] {
    if (this.jwtAlgorithms.length > 0) return this.jwtAlgorithms as TokenAlgorithm[];
    return [
      ...(this.hmacSecret === '' ? [] : (['HS256'] as const)),
      ...(this.jwksUrl === undefined ? [] : (['RS256', 'ES256', 'EdDSA'] as const)),
    ];
  }
}
