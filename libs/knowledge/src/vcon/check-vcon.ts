// Whether a vCon says what can be understood: by hand, because the format's own schema names no path and knows no index.
import { isPlainObject } from '#contracts';
import type { Issues, VconRule } from './issues.js';

type Members = Record<string, unknown>;

/** Of `critical` and `extensions`, those whose members are understood here. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set();
const DIALOG_TYPES: ReadonlySet<unknown> = new Set(['recording', 'text', 'transfer', 'incomplete']);
const ENCODINGS: ReadonlySet<unknown> = new Set(['base64url', 'json', 'none']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?$/;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+(\s*;\s*[\w-]+=("[^"]*"|[^\s;]+))*$/;
/** Of a media type with its parameters. */
const LONGEST_TYPE = 1_000;
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;

export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);

/** @param vcon in the current names, see `normalise` */
export function checkVcon(vcon: Members, issues: Issues): void {
  if (!isUuid(vcon['uuid'])) issues.add('$.uuid', 'uuid');
  if (typeof vcon['vcon'] !== 'string' || /^(|0\.0\..*)$/.test(vcon['vcon'])) issues.add('$.vcon', 'version');
  if (vcon['created_at'] === undefined) issues.add('$.created_at', 'missing');
  else dateTime(vcon['created_at'], '$.created_at', issues);
  if (vcon['updated_at'] !== undefined) dateTime(vcon['updated_at'], '$.updated_at', issues);
  if (vcon['subject'] !== undefined) text(vcon['subject'], '$.subject', issues);
  const parties = list(vcon, 'parties', issues, true);
  parties.forEach((one, i) => party(one, `$.parties[${i}]`, issues));
  const dialogs = list(vcon, 'dialog', issues);
  dialogs.forEach((one, i) => dialog(one, `$.dialog[${i}]`, parties.length, issues));
  list(vcon, 'analysis', issues).forEach((one, i) =>
    analysis(one, `$.analysis[${i}]`, dialogs.length, issues),
  );
  list(vcon, 'attachments', issues).forEach((one, i) =>
    attachment(one, `$.attachments[${i}]`, parties.length, dialogs.length, issues),
  );
  for (const name of ['redacted', 'amended'])
    if (vcon[name] !== undefined && !isPlainObject(vcon[name])) issues.add(`$.${name}`, 'object');
  if (vcon['redacted'] !== undefined && vcon['amended'] !== undefined) issues.add('$.amended', 'exclusive');
  list(vcon, 'critical', issues, false, false).forEach((name, i) => {
    if (typeof name !== 'string' || !KNOWN_EXTENSIONS.has(name)) issues.add(`$.critical[${i}]`, 'critical');
  });
}

/** The objects of a list; what is none of it has been told. */
function list(vcon: Members, name: string, issues: Issues, required = false, objects = true): unknown[] {
  const value = vcon[name];
  if (value === undefined) {
    if (required) issues.add(`$.${name}`, 'missing');
    return [];
  }
  if (!Array.isArray(value)) {
    issues.add(`$.${name}`, 'array');
    return [];
  }
  if (objects)
    value.forEach((one, i) => {
      if (!isPlainObject(one)) issues.add(`$.${name}[${i}]`, 'object');
    });
  return value;
}

function party(value: unknown, path: string, issues: Issues): void {
  if (!isPlainObject(value)) return;
  for (const name of ['name', 'tel', 'mailto', 'role', 'uuid', 'sip', 'stir', 'validation', 'did'])
    if (value[name] !== undefined && value[name] !== null) text(value[name], `${path}.${name}`, issues);
  for (const name of ['tel', 'mailto', 'name'])
    if (value[name] === '' || value[name] === null) issues.add(`${path}.${name}`, 'empty');
}

function dialog(value: unknown, path: string, parties: number, issues: Issues): void {
  if (!isPlainObject(value)) return;
  if (!DIALOG_TYPES.has(value['type']))
    issues.add(`${path}.type`, typeof value['type'] === 'string' ? 'dialog_type' : 'text');
  if (value['start'] === undefined) issues.add(`${path}.start`, 'missing');
  else dateTime(value['start'], `${path}.start`, issues);
  const { duration } = value;
  if (
    duration !== undefined &&
    duration !== null &&
    !(typeof duration === 'number' && duration >= 0 && Number.isFinite(duration))
  )
    issues.add(`${path}.duration`, 'duration');
  indices(value['parties'], `${path}.parties`, parties, 'index', issues);
  indices(value['originator'], `${path}.originator`, parties, 'index', issues);
  if (value['parties'] === undefined) issues.add(`${path}.parties`, 'missing');
  content(value, path, issues);
}

function analysis(value: unknown, path: string, dialogs: number, issues: Issues): void {
  if (!isPlainObject(value)) return;
  if (value['type'] === undefined) issues.add(`${path}.type`, 'missing');
  else text(value['type'], `${path}.type`, issues);
  indices(value['dialog'], `${path}.dialog`, dialogs, 'dialog_index', issues);
  content(value, path, issues);
}

function attachment(value: unknown, path: string, parties: number, dialogs: number, issues: Issues): void {
  if (!isPlainObject(value)) return;
  indices(value['party'], `${path}.party`, parties, 'index', issues);
  indices(value['dialog'], `${path}.dialog`, dialogs, 'dialog_index', issues);
  if (value['start'] !== undefined) dateTime(value['start'], `${path}.start`, issues);
  content(value, path, issues);
}

/** What dialogs, analyses and attachments have in common: a body with its encoding, or a URL. */
function content(value: Members, path: string, issues: Issues): void {
  const { mediatype, url, body, encoding } = value;
  if (mediatype !== undefined && mediatype !== null) {
    if (typeof mediatype !== 'string' || mediatype.length > LONGEST_TYPE || !MEDIA_TYPE.test(mediatype))
      issues.add(`${path}.mediatype`, 'media_type');
  } else if (mediatype === null) issues.add(`${path}.mediatype`, 'empty');
  if (url !== undefined && !(typeof url === 'string' && isUrl(url))) issues.add(`${path}.url`, 'url');
  if (encoding !== undefined && encoding !== null && !ENCODINGS.has(encoding))
    issues.add(`${path}.encoding`, 'encoding');
  if (body === undefined) return;
  if (encoding === undefined || encoding === null) issues.add(`${path}.encoding`, 'missing');
  else if (encoding === 'base64url') {
    if (typeof body !== 'string' || !BASE64URL.test(body)) issues.add(`${path}.body`, 'body');
  } else if (encoding === 'none' && typeof body !== 'string') issues.add(`${path}.body`, 'body_encoding');
}

/** An index, a list of them, or a list of lists of them. */
function indices(
  value: unknown,
  path: string,
  count: number,
  rule: VconRule,
  issues: Issues,
  deep = 0,
): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value) && deep < 2) {
    value.forEach((one, i) => indices(one ?? NaN, `${path}[${i}]`, count, rule, issues, deep + 1));
    return;
  }
  if (!(Number.isInteger(value) && (value as number) >= 0 && (value as number) < count))
    issues.add(path, rule);
}

function dateTime(value: unknown, path: string, issues: Issues): void {
  const parts = typeof value === 'string' ? DATE_TIME.exec(value) : null;
  if (!parts || Number.isNaN(Date.parse((value as string).replace(' ', 'T')))) issues.add(path, 'date_time');
  else if (parts[2] === undefined) issues.add(path, 'no_offset');
}

function text(value: unknown, path: string, issues: Issues): void {
  if (typeof value !== 'string') issues.add(path, 'text');
}

function isUrl(value: string): boolean {
  // "not-a-url" would be a relative one; nothing here has a base.
  return /^[a-z][a-z0-9+.-]*:\S+$/i.test(value) && URL.canParse(value);
}
