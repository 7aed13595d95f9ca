// Items of the Responses and Conversations APIs: input as clients write it → items as OpenAI stores and lists them.

import type { Turn } from '../answer/turns.js';
import { ApiError } from '../errors.js';
import { newId } from '../ids.js';

/** Any item; the kinds this stand-in understands are message, function_call(_output), reasoning and item_reference. */
export type Item = Record<string, unknown> & { type: string; id: string };

type Part = Record<string, unknown>;

const ROLES = ['user', 'assistant', 'system', 'developer'];
const INPUT_PARTS = ['input_text', 'input_image', 'input_file', 'input_audio'];
const OUTPUT_PARTS = ['output_text', 'refusal'];
const ID_PREFIX: Readonly<Record<string, string>> = {
  message: 'msg_',
  function_call: 'fc_',
  function_call_output: 'fco_',
  reasoning: 'rs_',
};

/**
 * `input` (string or list) as items with ids.
 * @param path name of the field in error messages
 * @throws ApiError 400 for shapes that OpenAI refuses
 */
export function toItems(input: unknown, path: string): Item[] {
  if (typeof input === 'string') return [message('user', [{ type: 'input_text', text: input }])];
  if (!Array.isArray(input)) throw ApiError.invalidType(path, 'a string or an array of items', input);
  return input.map((value: unknown, index) => toItem(value, `${path}[${index}]`));
}

function toItem(value: unknown, path: string): Item {
  if (!isRecord(value)) throw ApiError.invalidType(path, 'an object', value);
  const type = typeof value['type'] === 'string' ? value['type'] : 'role' in value ? 'message' : undefined;
  if (type === undefined) throw ApiError.missing(`${path}.type`);
  const id = typeof value['id'] === 'string' ? value['id'] : newId(ID_PREFIX[type] ?? 'item_');
  switch (type) {
    case 'message':
      return toMessage(value, id, path);
    case 'function_call':
      requireStrings(value, ['call_id', 'name', 'arguments'], path);
      return { ...value, type, id, status: value['status'] ?? 'completed' };
    case 'function_call_output': {
      requireStrings(value, ['call_id'], path);
      const { output } = value;
      if (typeof output !== 'string' && !Array.isArray(output)) {
        throw output === undefined
          ? ApiError.missing(`${path}.output`)
          : ApiError.invalidType(`${path}.output`, 'a string or an array', output);
      }
      return { ...value, type, id, status: value['status'] ?? 'completed' };
    }
    case 'reasoning':
      if (!Array.isArray(value['summary'])) throw ApiError.missing(`${path}.summary`);
      return { ...value, type, id };
    case 'item_reference':
      requireStrings(value, ['id'], path);
      return { ...value, type, id };
    default:
      return { ...value, type, id };
  }
}

function toMessage(value: Record<string, unknown>, id: string, path: string): Item {
  const { role, content } = value;
  if (typeof role !== 'string' || !ROLES.includes(role)) throw invalidValue(`${path}.role`, role, ROLES);
  const allowed = role === 'assistant' ? OUTPUT_PARTS : INPUT_PARTS;
  if (typeof content === 'string') {
    const part =
      role === 'assistant'
        ? { type: 'output_text', text: content, annotations: [], logprobs: [] }
        : { type: 'input_text', text: content };
    return { ...value, type: 'message', id, status: value['status'] ?? 'completed', role, content: [part] };
  }
  if (!Array.isArray(content))
    throw ApiError.invalidType(`${path}.content`, 'a string or an array of parts', content);
  const parts = content.map((part: unknown, index) => {
    const place = `${path}.content[${index}]`;
    if (!isRecord(part)) throw ApiError.invalidType(place, 'an object', part);
    if (!allowed.includes(String(part['type']))) throw invalidValue(`${place}.type`, part['type'], allowed);
    if (part['type'] === 'input_text' || part['type'] === 'output_text')
      requireStrings(part, ['text'], place);
    if (part['type'] === 'input_image') return { detail: 'auto', ...part };
    return part['type'] === 'output_text' ? { annotations: [], logprobs: [], ...part } : part;
  });
  return { ...value, type: 'message', id, status: value['status'] ?? 'completed', role, content: parts };
}

function message(role: string, content: Part[]): Item {
  return { id: newId('msg_'), type: 'message', status: 'completed', role, content };
}

/** Items → turns; what has no part in an answer becomes `other`. */
export function toTurns(items: readonly Item[]): Turn[] {
  return items.map((item): Turn => {
    switch (item.type) {
      case 'message': {
        const parts = item['content'] as Part[];
        const role = item['role'] === 'user' || item['role'] === 'assistant' ? item['role'] : 'system';
        return {
          kind: 'message',
          role,
          text: textOf(parts),
          images: parts.filter((part) => part['type'] === 'input_image').length,
          files: parts.filter((part) => part['type'] === 'input_file').length,
        };
      }
      case 'function_call':
        return {
          kind: 'call',
          callId: String(item['call_id']),
          name: String(item['name']),
          arguments: String(item['arguments']),
        };
      case 'function_call_output': {
        const output = item['output'];
        const text = typeof output === 'string' ? output : textOf(output as Part[]);
        return { kind: 'output', callId: String(item['call_id']), text };
      }
      default:
        return { kind: 'other' };
    }
  });
}

function textOf(parts: readonly Part[]): string {
  return parts
    .map((part) => part['text'] ?? part['refusal'])
    .filter((text) => typeof text === 'string')
    .join('\n');
}

/** @throws ApiError 400 when a call has no output or an output no call, as OpenAI checks before it answers */
export function checkCallPairs(items: readonly Item[]): void {
  const open = new Set<string>();
  const known = new Set<string>();
  for (const item of items) {
    const callId = String(item['call_id']);
    if (item.type === 'function_call') {
      open.add(callId);
      known.add(callId);
    } else if (item.type === 'function_call_output') {
      if (!known.has(callId)) {
        throw ApiError.badRequest(
          `No tool call found for function call output with call_id ${callId}.`,
          'input',
        );
      }
      open.delete(callId);
    }
  }
  const [missing] = open;
  if (missing !== undefined) {
    throw ApiError.badRequest(`No tool output found for function call ${missing}.`, 'input');
  }
}

function requireStrings(value: Record<string, unknown>, names: readonly string[], path: string): void {
  for (const name of names) {
    if (value[name] === undefined) throw ApiError.missing(`${path}.${name}`);
    if (typeof value[name] !== 'string')
      throw ApiError.invalidType(`${path}.${name}`, 'a string', value[name]);
  }
}

function invalidValue(path: string, value: unknown, allowed: readonly string[]): ApiError {
  const list = allowed.map((each) => `'${each}'`).join(', ');
  return ApiError.badRequest(
    `Invalid value: '${String(value)}'. Supported values are: ${list}.`,
    path,
    'invalid_value',
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
