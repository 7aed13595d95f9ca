// What the declarations say about themselves: the docs' table, the redacted print at start, and hints about
// variables that look like ours but are not.
import { variablesOf } from './env.js';
import type { ConfigClass, Environment } from './load-config.js';

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

/** Variables that share a prefix of ours but that nothing reads: probably a slip of the pen. */
export function unknownVariables(types: readonly ConfigClass[], env: Environment): string[] {
  const known = new Set(types.flatMap((type) => variablesOf(type).map((variable) => variable.name)));
  const prefixes = [
    'REDIS_',
    'RABBITMQ_',
    'KAFKA_',
    'OPENAI_',
    'OPENWEATHER_',
    'RUN_',
    'WORKER_',
    'WS_',
    'ADMIN_',
    'WEBSOCKET_',
    'JWT_',
    'AUDIT_',
    'PII_',
    'SIGN_IN_',
  ];
  return Object.keys(env)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')))
    .sort();
}

const print = (value: unknown): string =>
  value === undefined || value === ''
    ? ''
    : Array.isArray(value)
      ? value.join(',')
      : String(value as string | number | boolean);

const withoutPassword = (text: string): string => text.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:***@');
