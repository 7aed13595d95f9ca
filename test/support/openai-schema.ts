// OpenAI's published OpenAPI document as a judge of bodies and stream events. The document is no part of the repository:
// env OPENAI_SPEC names it, else it is looked for beside the work tree; without it there is nothing to check against.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';

/** Complaints of one validation; empty when the body fits. Schema paths and reasons only, no content. */
export type Complaints = string[];

type Schema = Record<string, unknown>;
interface Operation {
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

/** Where the document is looked for. */
export function openaiSchemaPath(): string {
  const beside = fileURLToPath(new URL('../../../shared/openai/openapi.patched.json', import.meta.url));
  return process.env['OPENAI_SPEC'] ?? beside;
}

let loaded: OpenaiSchema | undefined;

/** The document, read once; undefined (and one line on standard error) when there is none. */
export function openaiSchema(): OpenaiSchema | undefined {
  if (loaded !== undefined) return loaded;
  const path = openaiSchemaPath();
  if (!existsSync(path)) {
    process.stderr.write(`OpenAI schema document not found at ${path}; schema checks skipped\n`);
    return undefined;
  }
  loaded = new OpenaiSchema(JSON.parse(readFileSync(path, 'utf8')) as Schema);
  return loaded;
}

export class OpenaiSchema {
  private readonly ajv: Ajv2020;
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly templates: { template: string; pattern: RegExp }[];

  constructor(private readonly document: Schema) {
    // The document uses words of OpenAPI and of older drafts, which strict mode refuses.
    this.ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false, logger: false });
    const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;
    addFormats(this.ajv);
    this.ajv.addFormat('unixtime', true);
    this.ajv.addFormat('binary', true);
    this.ajv.addSchema(document, 'openai');
    const paths = Object.keys(document['paths'] as Schema).filter((path) => !path.includes('?'));
    // Fixed words before parameters: `/responses/input_tokens` is not a response id.
    this.templates = paths
      .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
      .map((template) => ({ template, pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`) }));
  }

  /**
   * A request body.
   * @param path as sent, without `/v1` and query (`/responses/resp_1/cancel`), or the template of the document
   */
  validateRequest(path: string, method: string, body: unknown): Complaints {
    const pointer = this.operationPointer(path, method);
    if (pointer === undefined) return [`no operation ${method} ${path}`];
    const content = this.operation(pointer).requestBody?.content;
    if (content?.['application/json'] === undefined)
      return body === undefined ? [] : ['a body where none is expected'];
    return this.validate(`${pointer}/requestBody/content/application~1json/schema`, body);
  }

  /** The body of a 200 answer. */
  validateResponse(path: string, method: string, body: unknown): Complaints {
    const pointer = this.operationPointer(path, method);
    if (pointer === undefined) return [`no operation ${method} ${path}`];
    const content = this.operation(pointer).responses?.['200']?.content;
    if (content?.['application/json'] === undefined) return [];
    return this.validate(`${pointer}/responses/200/content/application~1json/schema`, body);
  }

  /** One event of a response stream, or one chunk of a chat stream. */
  validateStreamEvent(body: unknown): Complaints {
    const { type, object } = (body ?? {}) as { type?: unknown; object?: unknown };
    if (object === 'chat.completion.chunk')
      return this.validateSchema('CreateChatCompletionStreamResponse', body);
    const name = this.eventSchemas().get(String(type));
    if (name === undefined) return [`no stream event of type ${String(type)}`];
    return this.validateSchema(name, body);
  }

  /** Any named schema of the document. */
  validateSchema(name: string, body: unknown): Complaints {
    return this.validate(`/components/schemas/${name}`, body);
  }

  private events: Map<string, string> | undefined;

  /** Event type → schema name: validating against the one that is meant says what is wrong, a union of 59 does not. */
  private eventSchemas(): Map<string, string> {
    if (this.events !== undefined) return this.events;
    const { schemas } = this.document['components'] as { schemas: Record<string, Schema> };
    const union = schemas['ResponseStreamEvent']!['anyOf'] ?? schemas['ResponseStreamEvent']!['oneOf'];
    this.events = new Map();
    for (const { $ref } of union as { $ref: string }[]) {
      const name = $ref.slice($ref.lastIndexOf('/') + 1);
      const { properties } = schemas[name] as { properties: { type: { enum?: string[]; const?: string } } };
      const type = properties.type.const ?? properties.type.enum?.[0];
      if (type !== undefined) this.events.set(type, name);
    }
    return this.events;
  }

  private operationPointer(path: string, method: string): string | undefined {
    const found =
      this.templates.find(({ template }) => template === path) ??
      this.templates.find(({ pattern }) => pattern.test(path));
    if (found === undefined) return undefined;
    const operations = (this.document['paths'] as Record<string, Schema>)[found.template]!;
    if (operations[method.toLowerCase()] === undefined) return undefined;
    return `/paths/${found.template.replaceAll('/', '~1')}/${method.toLowerCase()}`;
  }

  private operation(pointer: string): Operation {
    const [, , path = '', method = ''] = pointer.split('/');
    return (this.document['paths'] as Record<string, Record<string, Operation>>)[path.replaceAll('~1', '/')]![
      method
    ]!;
  }

  private validate(pointer: string, body: unknown): Complaints {
    let validator = this.compiled.get(pointer);
    if (validator === undefined) {
      validator = this.ajv.compile({
        $ref: `openai#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}`,
      });
      this.compiled.set(pointer, validator);
    }
    if (validator(body)) return [];
    return (validator.errors ?? []).map(
      (error) => `${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
  }
}
