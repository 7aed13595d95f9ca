// Who may read and write which channel, and from which web pages. Today one shared secret opens every
// channel; what asks here does not know that.
import { Injectable } from '@nestjs/common';
import { AccessConfig, ServerConfig } from '#config';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import { sameSecret } from './secrets.js';

export type Action = 'read' | 'write';

/** What the asker turned out to be. */
export interface Principal {
  tenant: string;
}

@Injectable()
export class AccessPolicy {
  /** No token is asked for. */
  readonly open: boolean;

  /** @throws Error when a production system is neither given a token nor opened on purpose */
  constructor(
    private readonly config: AccessConfig,
    server: ServerConfig,
  ) {
    this.open = config.open ?? (config.token === '' && !server.production);
    if (!this.open && config.token === '' && server.production)
      throw new Error(
        'unable to start; in production set WS_TOKEN, or WS_OPEN=true to leave the channels open',
      );
  }

  /** A line for the log at start; undefined when nothing is unusual. */
  get warning(): string | undefined {
    return this.open ? 'channels are open: anybody can read and write them (WS_OPEN, WS_TOKEN)' : undefined;
  }

  /**
   * One secret opens every channel, so who is known may do everything.
   * @throws ParleyError `unauthorized` without a valid token
   */
  authorize(token: string | undefined, _action: Action, _channel: string): Principal {
    return this.authenticate(token);
  }

  /** @throws ParleyError `unauthorized` without a valid token */
  authenticate(token: string | undefined): Principal {
    // A token that is given must be right even when none is needed: a typo should not pass unseen.
    const wrong = token !== undefined && this.config.token !== '' && !sameSecret(token, this.config.token);
    if (wrong || (!this.open && (token === undefined || this.config.token === '')))
      throw new ParleyError('unauthorized', 'unable to grant access; token missing or wrong');
    return { tenant: DEFAULT_TENANT };
  }

  /** @param origin header of a browser; other programs send none and are held by their token alone */
  allowsOrigin(origin: string | undefined): boolean {
    if (origin === undefined) return true;
    const allowed = this.config.allowedOrigins;
    if (allowed.length === 0) return this.open;
    return allowed.includes('*') || allowed.includes(origin);
  }
}
