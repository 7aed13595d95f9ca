// A value that fits a JSON schema, for structured outputs and for the arguments of a forced tool call.

type Schema = Record<string, unknown>;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  duration: 'PT1M',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
};
const MAX_DEPTH = 8;

/**
 * Builds the smallest value that says something: every property once, one element an array, `hint` for free strings.
 * Understands type, enum, const, anyOf/oneOf/allOf, local $ref, minimum, minItems, minLength, maxLength, format; not pattern.
 */
export function fromSchema(schema: unknown, hint: string, root: unknown = schema, depth = 0): unknown {
  if (!isSchema(schema)) return hint;
  const resolved = dereference(schema, root);
  if ('const' in resolved) return resolved['const'];
  if (Array.isArray(resolved['enum'])) return (resolved['enum'] as unknown[])[0];
  if ('default' in resolved) return resolved['default'];
  for (const key of ['anyOf', 'oneOf'] as const) {
    const options = resolved[key];
    if (Array.isArray(options)) return fromSchema(pick(options as unknown[], depth), hint, root, depth + 1);
  }
  if (Array.isArray(resolved['allOf'])) {
    const parts = (resolved['allOf'] as unknown[]).map((part) => fromSchema(part, hint, root, depth + 1));
    return parts.every(isSchema) ? Object.assign({}, ...parts) : parts[0];
  }
  const types = resolved['type'];
  const type: unknown = Array.isArray(types)
    ? depth > MAX_DEPTH && types.includes('null')
      ? 'null'
      : types[0]
    : types;
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return typeof resolved['minimum'] === 'number' ? resolved['minimum'] : 1;
    case 'array': {
      const least =
        typeof resolved['minItems'] === 'number' ? resolved['minItems'] : depth > MAX_DEPTH ? 0 : 1;
      return Array.from({ length: least }, () => fromSchema(resolved['items'], hint, root, depth + 1));
    }
    case 'string':
      return stringFor(resolved, hint);
    default:
      return isSchema(resolved['properties']) || type === 'object'
        ? objectFor(resolved, hint, root, depth)
        : hint;
  }
}

function objectFor(schema: Schema, hint: string, root: unknown, depth: number): Schema {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const names = depth > MAX_DEPTH ? required : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, fromSchema(properties[name], hint, root, depth + 1)]));
}

function stringFor(schema: Schema, hint: string): string {
  const format = schema['format'];
  if (typeof format === 'string' && FORMATS[format] !== undefined) return FORMATS[format];
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  const most = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : 1000;
  return hint.slice(0, most).padEnd(least, '.');
}

/** The first branch that is not null; null itself when the value has grown too deep. */
function pick(options: unknown[], depth: number): unknown {
  const isNull = (option: unknown) => isSchema(option) && option['type'] === 'null';
  const none = options.find(isNull);
  if (depth > MAX_DEPTH && none !== undefined) return none;
  return options.find((option) => !isNull(option));
}

function dereference(schema: Schema, root: unknown): Schema {
  let current = schema;
  for (let hops = 0; hops < 16 && typeof current['$ref'] === 'string'; hops += 1) {
    let target: unknown = root;
    for (const part of current['$ref'].split('/').slice(1)) {
      target = isSchema(target) ? target[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    }
    if (!isSchema(target)) return {};
    current = target;
  }
  return current;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
