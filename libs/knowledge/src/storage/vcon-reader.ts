// Bytes to what is asked of a vCon, under the limits and keys of the configuration, without holding up the process.
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { liveSecret, VconConfig } from '#config';
import { isPlainObject, ParleyError, toParleyError } from '#contracts';
import { studyVcon, type VconStudy, type VconWishes } from './study-vcon.js';
import { VconThreads } from './vcon-threads.js';

/** What is read in a few milliseconds, unpacked. */
const SMALL_BYTES = 256 * 1024;

@Injectable()
export class VconReader {
  private readonly keys: () => string;

  /** @throws Error when the keys are none, so that nobody finds out with the first encrypted vCon */
  constructor(
    private readonly config: VconConfig,
    private readonly threads: VconThreads,
  ) {
    this.keys = liveSecret(config, 'keys');
    readKeys(config.keys);
  }

  /**
   * Small ones are read at once, others in a thread, so that nobody else waits.
   * @param bytes those of a large one are taken over: afterwards the caller's are empty
   * @throws VconError; ParleyError `too_large`, `invalid_json`, `too_complex`, `invalid_encoding`, `busy`
   */
  async study(bytes: Buffer, wishes: VconWishes, strict = false): Promise<VconStudy> {
    const { maxBytes } = this.config;
    if (bytes.length > maxBytes)
      throw new ParleyError('too_large', `unable to read vCon; more than ${maxBytes} bytes`);
    const options = { strict, maxBytes, keys: readKeys(this.keys()) };
    if (bytes.length <= SMALL_BYTES)
      try {
        return await studyVcon(bytes, { ...options, maxBytes: Math.min(maxBytes, SMALL_BYTES) }, wishes);
      } catch (error) {
        // Packed, it looked small.
        if (toParleyError(error).code !== 'too_large') throw error;
      }
    return this.threads.study({ bytes, options, wishes });
  }
}

function readKeys(text: string): JWK[] {
  if (text === '') return [];
  try {
    const read: unknown = JSON.parse(text);
    const keys = isPlainObject(read) && Array.isArray(read['keys']) ? read['keys'] : [read];
    if (keys.every((key) => isPlainObject(key) && typeof key['kty'] === 'string')) return keys as JWK[];
  } catch {
    // Told below, without a word of the key.
  }
  throw new Error('VCON_KEYS must be a JWK or a JWK Set, as JSON');
}
