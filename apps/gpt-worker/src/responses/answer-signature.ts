// By which whoever shares SECRET_KEY can tell that an answer is this installation's, and that nobody has changed it: a topic says
// nothing of who wrote to it. Old consumers do not look at headers.
import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { weaknessOf } from '#auth';
import { AccessConfig, liveSecret, ServerConfig } from '#config';
import type { OutgoingRecord } from '#messaging';

export const SIGNATURE_HEADER = 'x-parley-signature';

/** A token's signing input has no such beginning: none passes for the other where both have one secret. */
const PURPOSE = 'parley-answer\n';

@Injectable()
export class AnswerSignature {
  private readonly secret: () => string;

  /** @throws Error in production without a good secret */
  constructor(access: AccessConfig, server: ServerConfig) {
    const property = access.secretKey === '' ? 'jwtSecret' : 'secretKey';
    this.secret = liveSecret(access, property);
    if (!server.production) return;
    const name = property === 'secretKey' || this.secret() === '' ? 'SECRET_KEY' : 'JWT_SECRET';
    const weakness = this.secret() === '' ? 'is not set, in production' : weaknessOf(this.secret());
    if (weakness !== undefined)
      throw new Error(`unable to start; ${name} ${weakness} (openssl rand -base64 48 makes a good one)`);
  }

  /** The record with its signature; as it was where there is no secret. */
  sign(record: OutgoingRecord): OutgoingRecord {
    const secret = this.secret();
    if (secret === '') return record;
    const mac = createHmac('sha256', secret).update(PURPOSE);
    if (record.key) mac.update(record.key);
    mac.update('\n');
    if (record.value) mac.update(record.value);
    return { ...record, headers: { ...record.headers, [SIGNATURE_HEADER]: `sha256=${mac.digest('hex')}` } };
  }
}
