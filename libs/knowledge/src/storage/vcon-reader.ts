// Bytes to a vCon and its rendering, under the limits and keys of the configuration.
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { liveSecret, VconConfig } from '#config';
import { isPlainObject, ParleyError } from '#contracts';
import { readVcon } from '../vcon/read-vcon.js';
import { renderVcon } from '../vcon/render-vcon.js';
import type { ParsedVcon, VconRendering } from '../vcon/vcon.js';

@Injectable()
export class VconReader {
  private readonly keys: () => string;

  /** @throws Error when the keys are none, so that nobody finds out with the first encrypted vCon */
  constructor(private readonly config: VconConfig) {
    this.keys = liveSecret(config, 'keys');
    readKeys(config.keys);
  }

  /**
   * @returns the vCon, and its bytes unpacked
   * @throws VconError; ParleyError `too_large`, `invalid_json`, `too_complex`, `invalid_encoding`
   */
  async read(bytes: Buffer, strict: boolean): Promise<{ parsed: ParsedVcon; original: Buffer }> {
    const { maxBytes } = this.config;
    if (bytes.length > maxBytes)
      throw new ParleyError('too_large', `unable to read vCon; more than ${maxBytes} bytes`);
    return readVcon(bytes, { strict, maxBytes, keys: readKeys(this.keys()) });
  }

  /** @param parsed one that could be opened */
  render(parsed: ParsedVcon): VconRendering {
    return renderVcon(parsed.vcon!);
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
