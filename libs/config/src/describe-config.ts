// What the declarations say about themselves: the docs' table, and the redacted print at start.
import { variablesOf } from './env.js';
import type { ConfigClass } from './load-config.js';

export interface VariableDescription {
  concern: string;
  name: string;
  description: string;
  default: string;
}

export function describeConfigs(types: readonly ConfigClass[]): VariableDescription[] {
  return types.flatMap((type) => {
    const defaults = new type() as Record<string, unknown>;
    return variablesOf(type).map((variable) => ({
      concern: type.name.replace(/Config$/, ''),
      name: variable.name,
      description: variable.description + (variable.secret ? ' Secret; `_FILE` is accepted.' : ''),
      default: print(defaults[variable.property]),
    }));
  });
}

/** Name → value for the start-up log; secrets only as "set" or "not set". */
export function redactedConfig(config: object): Record<string, string> {
  const values = config as Record<string, unknown>;
  return Object.fromEntries(
    variablesOf(config.constructor).map((variable) => {
      const value = values[variable.property];
      return [
        variable.name,
        variable.secret ? (isSet(value) ? '(set)' : '(not set)') : withoutPassword(print(value)),
      ];
    }),
  );
}

const isSet = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

const print = (value: unknown): string =>
  value === undefined || value === ''
    ? ''
    : Array.isArray(value)
      ? value.join(',')
      : String(value as string | number | boolean);

const withoutPassword = (text: string): string => text.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:***@');
