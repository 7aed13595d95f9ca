// A ChaterGpt resource from its YAML text, checked by the schema of its own definition and with that schema's defaults. Stricter
// than a cluster in one point: a member that the schema does not know is a fault here, where a cluster drops it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { CliError } from '../io/cli-error.js';

export interface ChaterGptSpec {
  namespace?: string;
  bootstrapServer: string;
  model: string;
  visionModel: string;
  /** From 1. */
  replicas: number;
  openAIAPIKey?: string;
  secretKey?: string;
  redisUrl?: string;
  logLevel: string;
  isDev: boolean;
  image: string;
  affinity?: object;
}

export interface ChaterGpt {
  apiVersion: 'chater.example.com/v1';
  kind: 'ChaterGpt';
  metadata: { name?: string; namespace?: string };
  spec: ChaterGptSpec;
}

interface Schema {
  properties?: Record<string, Schema>;
  [member: string]: unknown;
}

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: [{ name: string; schema: { openAPIV3Schema: Schema } }];
  };
}

/** The same place from the sources, the compiled tree's parent, and the image. */
const FILE = 'deploy/kubernetes/crd.yaml';

/** @throws CliError that names every member at fault, never its value */
export function readChaterGpt(text: string, file: string): ChaterGpt {
  let resource: unknown;
  try {
    resource = parse(text);
  } catch {
    throw new CliError(`${file} is neither YAML nor JSON of one document`);
  }
  const { spec } = readDefinition();
  const [version] = spec.versions;
  const { apiVersion, kind } = (resource ?? {}) as Partial<ChaterGpt>;
  const wanted = `${spec.group}/${version.name}`;
  if (apiVersion !== wanted || kind !== spec.names.kind)
    throw new CliError(`${file} is no ${spec.names.kind} of ${wanted}`);
  const check = compile(version.schema.openAPIV3Schema);
  if (!check(resource)) throw new CliError(`${file}: ${faultsOf(check).join('; ')}`);
  const { metadata = {} } = resource as Partial<ChaterGpt>;
  return { ...(resource as ChaterGpt), metadata };
}

function readDefinition(): Definition {
  let folder = fileURLToPath(new URL('.', import.meta.url));
  for (let up = 0; up < 8; up++, folder = join(folder, '..'))
    try {
      return parse(readFileSync(join(folder, FILE), 'utf8')) as Definition;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  throw new CliError(`${FILE} is not in this installation`);
}

function compile(schema: Schema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false });
  return ajv.compile(closed(schema));
}

/** A definition may not close its objects itself: the cluster does it, by dropping what it does not know. */
function closed(schema: Schema): Schema {
  if (schema.properties === undefined) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, member]) => [name, closed(member)]),
  );
  return { ...schema, properties, additionalProperties: false };
}

function faultsOf(check: ValidateFunction): string[] {
  return (check.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    const path = instancePath.slice(1).replaceAll('/', '.') || 'the resource';
    return extra === undefined
      ? `${path} ${message ?? 'is not valid'}`
      : `${path} has an unknown member ${extra}`;
  });
}
