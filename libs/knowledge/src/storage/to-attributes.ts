// By what a search can be narrowed: a few words about the vCon that travel with its file. The provider takes 16 names of 64 characters and
// texts of 512; what is longer is cut, because a long subject is no reason not to find a conversation. Pure.
import { digest } from '#contracts';
import type { Vcon } from '../vcon/vcon.js';

export type Attributes = Record<string, string | number | boolean>;

const MOST = 16;
const NAME_CHARS = 64;
const VALUE_CHARS = 512;

/** Marks whose a file is: a store may be shared by tenants, a search never is. */
export const tenantMark = (tenant: string): string => digest(`tenant\0${tenant}`);

export function toAttributes(tenant: string, vcon: Vcon, own: Attributes = {}): Attributes {
  const { uuid, created_at, subject } = vcon;
  const tags = tagsOf(vcon);
  const created = Date.parse(created_at ?? '');
  const attributes: Attributes = {
    uuid,
    tenant: tenantMark(tenant),
    // As a number, so that a search can ask for a span of time.
    ...(Number.isFinite(created) && { created_at: Math.floor(created / 1_000) }),
    ...(typeof subject === 'string' && subject !== '' && { subject: cut(subject, VALUE_CHARS) }),
    ...(tags.length > 0 && {
      tags: cut(tags.map(([name, value]) => `${name}:${value}`).join(', '), VALUE_CHARS),
    }),
  };
  for (const [name, value] of Object.entries(own)) attributes[name] ??= value;
  for (const [name, value] of tags) {
    if (Object.keys(attributes).length >= MOST) break;
    attributes[cut(`tag_${name.replace(/[^\w.-]/g, '_')}`, NAME_CHARS)] ??= cut(value, VALUE_CHARS);
  }
  return attributes;
}

/** As conservers note them: an attachment of the type (or purpose) `tags` whose body is a list of `name:value`. */
function tagsOf({ attachments = [] }: Vcon): [name: string, value: string][] {
  return attachments
    .filter(({ type, purpose }) => type === 'tags' || purpose === 'tags')
    .flatMap(({ body }) => listOf(body))
    .filter((tag): tag is string => typeof tag === 'string' && tag !== '')
    .map((tag) => {
      const at = tag.indexOf(':');
      return at < 1 ? [tag, tag] : [tag.slice(0, at), tag.slice(at + 1)];
    });
}

function listOf(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'string') return [];
  try {
    const list: unknown = JSON.parse(body);
    return Array.isArray(list) ? list : [];
  } catch {
    // A body that is no JSON is some other kind of tags.
    return [];
  }
}

/** Never in the middle of a character. */
const cut = (text: string, most: number): string =>
  text.length <= most
    ? text
    : text
        .slice(0, most)
        .toWellFormed()
        .replace(/\ufffd$/, '');
