// The login of the administrative pages and routes: HTTP Basic (RFC 7617). Without a configured password
// nobody gets in.
import { Injectable } from '@nestjs/common';
import { AccessConfig } from '#config';
import { sameSecret } from './secrets.js';

@Injectable()
export class AdminGuard {
  constructor(private readonly config: AccessConfig) {}

  /** @param header the `Authorization` header; answer `401` with {@link ADMIN_CHALLENGE} when false */
  adminAllows(header: string | undefined): boolean {
    if (this.config.adminPassword === '') return false;
    const encoded = header === undefined ? undefined : /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
    if (encoded === undefined) return false;
    const [user, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    // Both are compared always, so that the time does not tell which of them was right.
    const userFits = sameSecret(user ?? '', this.config.adminUser);
    return sameSecret(rest.join(':'), this.config.adminPassword) && userFits;
  }
}

/** Value of `WWW-Authenticate`. */
export const ADMIN_CHALLENGE = 'Basic realm="Parley", charset="UTF-8"';
