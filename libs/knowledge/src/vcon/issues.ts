// What is found in a vCon that is not as it should be. Paths and rules only: no value of the conversation.
import { MOST_ISSUES } from './vcon-limits.js';
import type { VconIssue } from './vcon.js';

/** Rules whose breach nobody can make sense of; every other one is a warning unless strictness was asked for. */
const FATAL = {
  object: 'must be an object',
  array: 'must be a list',
  text: 'must be a text',
  uuid: 'must be a UUID',
  date_time: 'must be a date and time (RFC 3339)',
  duration: 'must be a number of seconds, 0 or more',
  media_type: 'must be a media type, such as audio/x-wav',
  url: 'must be a URL',
  index: 'must be the index of a party',
  dialog_index: 'must be the index of a dialog',
  encoding: 'must be base64url, json or none',
  body: 'does not fit its encoding',
  critical: 'names an extension that is not known here',
  exclusive: 'redacted and amended exclude each other',
} as const;

const LENIENT = {
  version: 'the version of the format is missing or older',
  older_name: 'has an older name',
  empty: 'is empty and says nothing',
  no_offset: 'has no offset from UTC; taken as UTC',
  missing: 'is missing',
  dialog_type: 'is no type that the format knows',
  body_encoding: 'body and encoding do not go together; taken as it is',
  attachment: 'has a type where a purpose is expected',
  signature: 'the signature does not hold',
} as const;

export type VconRule = keyof typeof FATAL | keyof typeof LENIENT;

export class Issues {
  readonly fatal: VconIssue[] = [];
  readonly warnings: VconIssue[] = [];
  /** Where a member stood before it got its current name: whoever reads an issue looks there. */
  private readonly stood = new Map<string, string>();

  renamed(from: string, to: string): void {
    this.stood.set(to, from);
  }

  add(path: string, rule: VconRule, message?: string): void {
    const fatal = Object.hasOwn(FATAL, rule);
    const list = fatal ? this.fatal : this.warnings;
    if (list.length >= MOST_ISSUES) return;
    const text = fatal ? FATAL[rule as keyof typeof FATAL] : LENIENT[rule as keyof typeof LENIENT];
    list.push({ path: this.stood.get(path) ?? path, rule, message: message ?? text });
  }
}
