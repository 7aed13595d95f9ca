// Environment → typed, validated config objects. All faults of all concerns are reported at once.
import { readFileSync } from 'node:fs';
import { validateSync } from 'class-validator';
import { cameFromFile } from './live-secret.js';
import { variablesOf, type EnvVariable } from './env.js';

export type ConfigClass<T extends object = object> = new () => T;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault on a line of its own; `main` prints it and exits, without a stack trace. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `unable to start; the configuration has ${faults.length} fault(s):\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/**
 * @param env usually `process.env`
 * @returns one instance per class, in the order given
 * @throws ConfigError naming every variable at fault; values are never repeated
 */
export function loadConfigs(types: readonly ConfigClass[], env: Environment): object[] {
  const faults: string[] = [];
  const configs = types.map((type) => fill(type, env, faults));
  if (faults.length > 0) throw new ConfigError(faults);
  return configs;
}

export function loadConfig<T extends object>(type: ConfigClass<T>, env: Environment): T {
  return loadConfigs([type], env)[0] as T;
}

function fill(type: ConfigClass, env: Environment, faults: string[]): object {
  const config = new type() as Record<string, unknown>;
  const variables = variablesOf(type);
  for (const variable of variables) {
    const text = read(variable, env, faults, config);
    if (text === undefined) continue;
    const value = convert(variable, text);
    if (value === undefined) faults.push(`${variable.name} must be a ${variable.kind}`);
    else config[variable.property] = value;
  }
  const broken = new Set(faults.map((fault) => fault.split(' ')[0]));
  for (const fault of validateSync(config, { forbidUnknownValues: false })) {
    const name = variables.find((v) => v.property === fault.property)?.name ?? fault.property;
    if (broken.has(name)) continue;
    for (const text of Object.values(fault.constraints ?? {})) faults.push(`${name}: ${text}`);
  }
  return config;
}

function read(variable: EnvVariable, env: Environment, faults: string[], config: object): string | undefined {
  const text = env[variable.name]?.trim();
  const file = env[`${variable.name}_FILE`];
  if (variable.secret && !text && file) {
    try {
      cameFromFile(config, variable.property, file);
      return readFileSync(file, 'utf8').trim();
    } catch {
      // The reason may quote the path's content of another tenant; the name is enough to act on.
      faults.push(`${variable.name}_FILE names a file that cannot be read`);
      return undefined;
    }
  }
  return text === undefined || text === '' || variable.placeholders?.includes(text) ? undefined : text;
}

function convert({ kind }: EnvVariable, text: string): unknown {
  switch (kind) {
    case 'string':
      return text;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return { true: true, '1': true, yes: true, false: false, '0': false, no: false }[text.toLowerCase()];
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean);
    default:
      return kind satisfies never;
  }
}
