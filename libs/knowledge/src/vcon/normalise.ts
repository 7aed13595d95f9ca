// A vCon of any draft in the names of the current one. Works on a copy; the original is kept elsewhere, as it came.
import { isPlainObject } from '#contracts';
import type { Issues } from './issues.js';

type Members = Record<string, unknown>;

const RENAMED = {
  dialog: { mimetype: 'mediatype' },
  analysis: {
    mimetype: 'mediatype',
    vendor_product: 'product',
    vendor_schema: 'schema',
    transcript: 'body',
  },
  attachments: { mimetype: 'mediatype', type: 'purpose' },
} as const;

/** @param raw a JSON object */
export function normalise(raw: Members, issues: Issues): Members {
  const vcon: Members = { ...raw };
  if (Object.hasOwn(vcon, 'appended')) {
    if (vcon['appended'] !== null) {
      issues.add('$.appended', 'older_name', 'has an older name: amended');
      if (vcon['amended'] === undefined) {
        vcon['amended'] = vcon['appended'];
        issues.renamed('$.appended', '$.amended');
      }
    }
    delete vcon['appended'];
  }
  // Producers write these whether or not there is anything to say.
  for (const name of ['redacted', 'amended', 'group', 'subject', 'critical', 'extensions'])
    if (vcon[name] === null || isEmpty(vcon[name])) {
      if (vcon[name] !== null) issues.add(`$.${name}`, 'empty');
      delete vcon[name];
    }
  for (const [name, names] of Object.entries(RENAMED)) {
    const list = vcon[name];
    if (!Array.isArray(list)) continue;
    vcon[name] = list.map((one, i) =>
      isPlainObject(one) ? rename(one, names, `$.${name}[${i}]`, issues) : one,
    );
  }
  return vcon;
}

function rename(
  raw: Members,
  names: Readonly<Record<string, string>>,
  path: string,
  issues: Issues,
): Members {
  const one = { ...raw };
  for (const [older, current] of Object.entries(names)) {
    if (!Object.hasOwn(one, older)) continue;
    if (older === 'type') issues.add(`${path}.type`, 'attachment');
    else issues.add(`${path}.${older}`, 'older_name', `has an older name: ${current}`);
    if (one[current] === undefined) {
      one[current] = one[older];
      issues.renamed(`${path}.${older}`, `${path}.${current}`);
    }
    if (older !== 'type') delete one[older];
  }
  // Of the time when the hash of what a URL leads to had two members.
  if (typeof one['alg'] === 'string' && typeof one['signature'] === 'string' && one['url'] !== undefined) {
    issues.add(`${path}.signature`, 'older_name', 'has an older name: content_hash');
    one['content_hash'] ??= `${one['alg'].toLowerCase().replace('sha-', 'sha')}-${one['signature']}`;
  }
  return one;
}

const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) || (isPlainObject(value) && Object.keys(value).length === 0);
