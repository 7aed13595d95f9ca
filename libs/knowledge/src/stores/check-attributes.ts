// Attributes of files in a store, within what the provider takes.
import { ParleyError } from '#contracts';
import { VECTOR_STORE_LIMITS } from '#openai';
import type { Attributes } from './store-record.js';

const { attributes: MOST, attribute_key: KEY_CHARS, attribute_text: TEXT_CHARS } = VECTOR_STORE_LIMITS;

/** @throws ParleyError `invalid_request` */
export function checkAttributes(attributes: Attributes): void {
  const entries = Object.entries(attributes);
  const fits = ([key, value]: [string, unknown]): boolean =>
    key.length <= KEY_CHARS &&
    (typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= TEXT_CHARS));
  if (entries.length > MOST || !entries.every(fits))
    throw new ParleyError('invalid_request', 'unable to use attributes; they are none', {
      details: [
        `attributes must be at most ${MOST} texts (up to ${TEXT_CHARS} characters), numbers or booleans`,
      ],
    });
}
