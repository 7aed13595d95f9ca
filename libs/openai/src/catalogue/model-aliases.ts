// Reads MODEL_ALIASES: the operator's own mapping of model names.
import { isPlainObject, ParleyError } from '#contracts';

const MOST = 200;

/**
 * `{"old":"new"}` or `old=new,old2=new2`. A name mapped to itself is left alone by the catalogue.
 * @throws ParleyError `invalid_request` naming the first faulty pair
 */
export function parseModelAliases(text: string): ReadonlyMap<string, string> {
  const pairs = text.trim().startsWith('{') ? fromJson(text) : fromList(text);
  if (pairs.length > MOST) throw fault(`more than ${MOST} names`);
  for (const [from, to] of pairs)
    if (typeof to !== 'string' || !isName(from) || !isName(to))
      throw fault(`"${from}" is not mapped to a model name`);
  return new Map(pairs as [string, string][]);
}

const isName = (name: string): boolean => /^[\w.:/-]{1,128}$/.test(name);

function fromList(text: string): [string, unknown][] {
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, undefined] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
}

function fromJson(text: string): [string, unknown][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the setting; ours says enough.
    throw fault('not valid JSON');
  }
  if (!isPlainObject(value)) throw fault('not a JSON object');
  return Object.entries(value);
}

const fault = (reason: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read MODEL_ALIASES; ${reason}`);
