// What OpenAI asks of names and of schemas in strict mode: closed objects whose properties are all required.

import { ApiError } from './errors.js';

/** @throws ApiError 400 when a tool's or schema's name is missing or not `[A-Za-z0-9_-]{1,64}` */
export function checkSchemaName(name: unknown, path: string): void {
  if (name === undefined) throw ApiError.missing(path);
  if (typeof name === 'string' && /^[\w-]{1,64}$/.test(name)) return;
  throw ApiError.badRequest(
    `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    path,
    'invalid_value',
  );
}

/** @throws ApiError 400 for the first object that is open or has optional properties */
export function checkStrictSchema(schema: unknown, what: string, param: string, code: string): void {
  const fault = findFault(schema, []);
  if (fault !== undefined) {
    throw ApiError.badRequest(`Invalid schema for ${what}: ${fault}`, param, code);
  }
}

function findFault(schema: unknown, context: string[]): string | undefined {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return undefined;
  const node = schema as Record<string, unknown>;
  const place = `In context=(${context.map((part) => `'${part}'`).join(', ')})`;
  const properties = node['properties'] as Record<string, unknown> | undefined;
  const isObject = node['type'] === 'object' || properties !== undefined;
  if (isObject && node['additionalProperties'] !== false) {
    return `${place}, 'additionalProperties' is required to be supplied and to be false.`;
  }
  const required = new Set(Array.isArray(node['required']) ? (node['required'] as unknown[]) : []);
  for (const name of Object.keys(properties ?? {})) {
    if (!required.has(name)) {
      return `${place}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${name}'.`;
    }
  }
  for (const [name, child] of Object.entries(properties ?? {})) {
    const fault = findFault(child, [...context, 'properties', name]);
    if (fault !== undefined) return fault;
  }
  const branches: [string, unknown][] = [['items', node['items']]];
  for (const key of ['anyOf', 'allOf', 'oneOf']) {
    if (Array.isArray(node[key]))
      for (const [index, branch] of (node[key] as unknown[]).entries())
        branches.push([`${key}.${index}`, branch]);
  }
  for (const [name, child] of Object.entries((node['$defs'] ?? {}) as Record<string, unknown>))
    branches.push([`$defs.${name}`, child]);
  for (const [name, child] of branches) {
    const fault = findFault(child, [...context, name]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
