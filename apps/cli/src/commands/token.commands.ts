// parley token …: tokens of the configured secret, for development; what a token says; taking one out of use.
import type { INestApplicationContext } from '@nestjs/common';
import type { Revocations, TokenVerifier } from '#auth';
import type { AccessConfig, ServerConfig } from '#config';
import { Command, Option, SubCommand } from 'nest-commander';
import { onRecord } from '../backend/audited.js';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { note, print, table } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

interface Tokens {
  backend: INestApplicationContext;
  config: AccessConfig;
  server: ServerConfig;
  verifier: TokenVerifier;
  revocations: Revocations;
}

/** How long a revocation of a bare id lasts: nothing says when that token would have ended. */
const UNKNOWN_END_MS = 366 * 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

async function withTokens<T>(use: (tokens: Tokens) => Promise<T>): Promise<T> {
  const [{ AccessConfig, ServerConfig }, { AuditLog, Revocations, TokenVerifier }] = await Promise.all([
    import('#config'),
    import('#auth'),
  ]);
  const providers = [AuditLog, Revocations, TokenVerifier];
  return withBackend([AccessConfig, ServerConfig], { providers }, (backend) =>
    use({
      backend,
      config: backend.get(AccessConfig),
      server: backend.get(ServerConfig),
      verifier: backend.get(TokenVerifier),
      revocations: backend.get(Revocations),
    }),
  );
}

interface IssueOptions extends BaseOptions {
  sub: string;
  scope: string;
  channels?: string[];
  expires?: number;
  yes?: true;
}

@SubCommand({ name: 'issue', description: 'Makes a token with JWT_SECRET, for development.' })
class IssueToken extends BaseCommand {
  async run(_: string[], options: IssueOptions): Promise<void> {
    const { sub, scope, tenant, channels, expires = 3_600, yes } = options;
    const { issueToken } = await import('#auth');
    const issued = await withTokens(async ({ backend, config, server }) => {
      if (server.production && !yes)
        throw new CliError('tokens of production come from its issuer; --yes makes one all the same');
      const wish = {
        subject: sub,
        scope,
        seconds: expires,
        ...(tenant && { tenant }),
        ...(channels && { channels }),
      };
      return onRecord(backend, { action: 'token.issue', object: `sub:${sub}`, tenant }, () =>
        issueToken(config, wish),
      );
    });
    print(options.json === true, issued, () => [issued.token]);
    if (!options.json) note(`id ${issued.id}, until ${issued.expires_at}`);
  }

  @Option({ flags: '--sub <subject>', description: 'Whom it is for.', required: true })
  sub(text: string): string {
    return text;
  }

  @Option({
    flags: '--scope <scopes>',
    description: 'What it allows, separated by spaces, such as "channels assistants:read".',
    required: true,
  })
  scope(text: string): string {
    return text;
  }

  @Option({
    flags: '--channels <names>',
    description: 'Only these, separated by commas; `team-*` is a beginning.',
  })
  channels(text: string): string[] {
    return text.split(',').filter(Boolean);
  }

  @Option({ flags: '--expires <time>', description: 'Such as 30m, 1h (default), 1d.' })
  expires(text: string): number {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const seconds = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
    if (!(seconds > 0)) throw new CliError('--expires takes a time such as 90s, 30m, 1h or 1d');
    return seconds;
  }

  @Option({ flags: '--yes', description: 'Also in production.' })
  yes(): true {
    return true;
  }
}

@SubCommand({
  name: 'inspect',
  arguments: '<token>',
  description: 'What a token says, and whether it would be accepted.',
})
class InspectToken extends BaseCommand {
  async run([token]: [string], options: BaseOptions): Promise<void> {
    const { readClaims } = await import('#auth');
    const claims = readClaims(token);
    const reason = await withTokens(async ({ verifier }) => {
      if (!verifier.on) return 'no tokens are accepted here; set JWT_SECRET or JWT_JWKS_URL';
      try {
        await verifier.verify(token);
        return undefined;
      } catch (error) {
        const { message, cause } = error as Error & { cause?: Error };
        return cause === undefined ? message : `${message} (${cause.message})`;
      }
    });
    const accepted = reason === undefined;
    print(options.json === true, { accepted, ...(!accepted && { reason }), claims }, () =>
      table([
        ['accepted', accepted ? 'yes' : `no: ${reason}`],
        ...Object.entries(claims).map(([name, value]) => [name, toText(name, value)] as const),
      ]),
    );
    if (!accepted) process.exitCode = 1;
  }
}

const toText = (name: string, value: unknown): unknown =>
  ['exp', 'nbf', 'iat'].includes(name) && typeof value === 'number'
    ? new Date(value * 1_000).toISOString()
    : Array.isArray(value)
      ? value.join(', ')
      : value;

@SubCommand({
  name: 'revoke',
  arguments: '<id>',
  description: 'Refuses a token from now on; takes its `jti`, or the token itself.',
})
class RevokeToken extends BaseCommand {
  async run([given]: [string], options: BaseOptions): Promise<void> {
    const { looksLikeToken, readClaims } = await import('#auth');
    const { digest } = await import('#contracts');
    const claims = looksLikeToken(given) ? readClaims(given) : { jti: given };
    const id = typeof claims['jti'] === 'string' ? claims['jti'] : digest(given);
    const ends = claims['exp'];
    // A minute more than its end: clocks differ.
    const until = typeof ends === 'number' ? ends * 1_000 + 60_000 : Date.now() + UNKNOWN_END_MS;
    await withTokens(({ backend, revocations }) =>
      onRecord(backend, { action: 'token.revoke', object: `token:${id}`, tenant: options.tenant }, () =>
        revocations.revoke(id, until),
      ),
    );
    print(options.json === true, { id, revoked: true, until: new Date(until).toISOString() }, () => [
      `${id} is refused from now on; open connections end within seconds`,
    ]);
  }
}

@Command({
  name: 'token',
  description: 'Who may do what.',
  subCommands: [IssueToken, InspectToken, RevokeToken],
})
export class TokenCommands extends CommandGroup {}
