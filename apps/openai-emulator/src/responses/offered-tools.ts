// The tools of a request: checked as OpenAI checks them, and the functions among them as what an answer may call.

import type { OfferedTool } from '../answer/turns.js';
import { ApiError } from '../errors.js';
import { checkSchemaName, checkStrictSchema } from '../strict-schema.js';
import { checkFileSearch } from './file-search.js';

export function offeredTools(tools: unknown): OfferedTool[] {
  if (!Array.isArray(tools)) return [];
  return (tools as { type?: unknown; name?: unknown; parameters?: unknown }[])
    .filter((tool) => tool.type === 'function')
    .map((tool) => ({ name: String(tool.name), parameters: tool.parameters }));
}

/** @throws ApiError 400 */
export function checkTools(tools: unknown): void {
  if (tools === undefined || tools === null) return;
  if (!Array.isArray(tools)) throw ApiError.invalidType('tools', 'an array of objects', tools);
  for (const [index, value] of tools.entries()) {
    const tool = value as Record<string, unknown>;
    const place = `tools[${index}]`;
    if (typeof tool['type'] !== 'string') throw ApiError.missing(`${place}.type`);
    if (tool['type'] === 'file_search') checkFileSearch(tool, place);
    if (tool['type'] !== 'function') continue;
    checkSchemaName(tool['name'], `${place}.name`);
    if (tool['strict'] === true && tool['parameters'] !== undefined) {
      checkStrictSchema(
        tool['parameters'],
        `function '${String(tool['name'])}'`,
        `${place}.parameters`,
        'invalid_function_parameters',
      );
    }
  }
}
