// Reads PRICES_FILE: the operator's own prices, which go before the catalogue's.
import { readFileSync, statSync } from 'node:fs';
import { isPlainObject } from '#contracts';
import type { ModelPrice } from '#openai';

const MOST_BYTES = 1_000_000;
const MEMBERS = new Set(['input', 'cached', 'output', 'cache_write', 'minute']);

/** Of every model that is not named. */
export const ANY_MODEL = '*';

/**
 * @param path of `{"models": {"name": {input, output, cached?, cache_write?, minute?}}}`, US dollars per million tokens or minute of sound; '' = none
 * @returns by name; what is not cached costs as other input
 * @throws Error naming the first fault
 */
export function readPrices(path: string): ReadonlyMap<string, ModelPrice> {
  if (path === '') return new Map();
  const value = parse(path);
  const models = isPlainObject(value) ? value['models'] : undefined;
  if (!isPlainObject(models)) throw fault('it has no object "models"');
  return new Map(Object.entries(models).map(([name, price]) => [name, toPrice(name, price)]));
}

function parse(path: string): unknown {
  try {
    if (statSync(path).size > MOST_BYTES) throw fault('it is too large');
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw fault('it is not valid JSON');
    throw (error as { code?: string }).code === undefined ? error : fault('it cannot be read');
  }
}

function toPrice(name: string, value: unknown): ModelPrice {
  if (!isPlainObject(value)) throw fault(`"${name}" has no prices`);
  for (const [member, price] of Object.entries(value))
    if (!MEMBERS.has(member) || typeof price !== 'number' || !Number.isFinite(price) || price < 0)
      throw fault(`"${name}": "${member}" is not a price`);
  const { input, output, cached, cache_write, minute } = value as Partial<ModelPrice>;
  if (input === undefined || output === undefined) throw fault(`"${name}" needs input and output`);
  return {
    input,
    output,
    cached: cached ?? input,
    ...(cache_write !== undefined && { cache_write }),
    ...(minute !== undefined && { minute }),
  };
}

const fault = (reason: string): Error => new Error(`unable to read PRICES_FILE; ${reason}`);
