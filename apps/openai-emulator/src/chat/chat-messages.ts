// Chat messages → turns, with the order of tool calls and tool messages checked as OpenAI does.

import type { Turn } from '../answer/turns.js';
import { ApiError } from '../errors.js';

interface ToolCall {
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown };
}

/** @throws ApiError 400 for unknown roles, content of the wrong shape, and tool calls without their answers */
export function toChatTurns(messages: unknown): Turn[] {
  if (!Array.isArray(messages)) throw ApiError.invalidType('messages', 'an array of objects', messages);
  if (messages.length === 0) {
    throw ApiError.badRequest(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  const turns: Turn[] = [];
  let open = new Set<string>();
  for (const [index, value] of messages.entries()) {
    const message = value as Record<string, unknown>;
    const path = `messages[${index}]`;
    const role = message['role'];
    if (role === 'tool') {
      const callId = String(message['tool_call_id']);
      if (!open.delete(callId)) {
        throw ApiError.badRequest(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `${path}.role`,
        );
      }
      turns.push({ kind: 'output', callId, text: readContent(message['content'], `${path}.content`).text });
      continue;
    }
    refuseOpenCalls(open, index);
    switch (role) {
      case 'user':
        turns.push({ kind: 'message', role, ...readContent(message['content'], `${path}.content`) });
        break;
      case 'system':
      case 'developer':
        turns.push({
          kind: 'message',
          role: 'system',
          ...readContent(message['content'], `${path}.content`),
        });
        break;
      case 'assistant': {
        const calls = (message['tool_calls'] ?? []) as ToolCall[];
        if (message['content'] !== null && message['content'] !== undefined) {
          turns.push({ kind: 'message', role, ...readContent(message['content'], `${path}.content`) });
        } else if (calls.length === 0 && message['refusal'] === undefined) {
          throw ApiError.invalidType(`${path}.content`, 'a string or an array of parts', null);
        }
        for (const call of calls) {
          const { name, arguments: args } = call.function ?? {};
          turns.push({ kind: 'call', callId: String(call.id), name: String(name), arguments: String(args) });
        }
        open = new Set(calls.map((call) => String(call.id)));
        break;
      }
      default:
        throw ApiError.badRequest(
          `Invalid value: '${String(role)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
          `${path}.role`,
          'invalid_value',
        );
    }
  }
  refuseOpenCalls(open, messages.length);
  return turns;
}

function refuseOpenCalls(open: ReadonlySet<string>, index: number): void {
  if (open.size === 0) return;
  throw ApiError.badRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    `messages.[${index}].role`,
  );
}

function readContent(content: unknown, path: string): { text: string; images: number; files: number } {
  if (typeof content === 'string') return { text: content, images: 0, files: 0 };
  if (!Array.isArray(content)) throw ApiError.invalidType(path, 'a string or an array of parts', content);
  const read = { text: '', images: 0, files: 0 };
  for (const [index, value] of content.entries()) {
    const part = value as Record<string, unknown>;
    switch (part['type']) {
      case 'text':
        if (typeof part['text'] !== 'string') throw ApiError.missing(`${path}[${index}].text`);
        read.text += read.text === '' ? part['text'] : `\n${part['text']}`;
        break;
      case 'refusal':
        break;
      case 'image_url':
        if (typeof (part['image_url'] as { url?: unknown } | undefined)?.url !== 'string') {
          throw ApiError.missing(`${path}[${index}].image_url.url`);
        }
        read.images += 1;
        break;
      case 'file':
      case 'input_audio':
        read.files += 1;
        break;
      default:
        throw ApiError.badRequest(
          `Invalid value: '${String(part['type'])}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', and 'file'.`,
          `${path}[${index}].type`,
          'invalid_value',
        );
    }
  }
  return read;
}
