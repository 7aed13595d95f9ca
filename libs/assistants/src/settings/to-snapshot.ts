// Settings → what a run needs of them: names of function tools, the provider's own tools in the shapes of the
// Responses API, the text format. Pure.
import type { HostedToolDefinition, ResponseTextConfig } from '#openai';
import type { AssistantSnapshot } from '../assistant-source.js';
import type { AssistantSettings, ResponseFormat } from './assistant-settings.js';

export function toSnapshot(id: string, version: number, settings: AssistantSettings): AssistantSnapshot {
  const { hosted, without } = hostedTools(settings);
  const text = toText(settings.response_format);
  return {
    id,
    version,
    name: settings.name ?? '',
    model: settings.model,
    instructions: settings.instructions ?? '',
    tools: settings.tools.flatMap((tool) => (tool.type === 'function' ? [tool.function.name] : [])),
    hosted_tools: hosted,
    ...(without.length > 0 && { without }),
    ...(settings.temperature !== null && { temperature: settings.temperature }),
    ...(settings.top_p !== null && { top_p: settings.top_p }),
    ...(text !== undefined && { text }),
    ...(settings.resume !== undefined && { resume: settings.resume }),
  };
}

/** @returns also the tools that cannot be offered: a search needs a store to search in */
function hostedTools({ tools, tool_resources: resources }: AssistantSettings): {
  hosted: HostedToolDefinition[];
  without: string[];
} {
  const hosted: HostedToolDefinition[] = [];
  const without: string[] = [];
  for (const tool of tools)
    switch (tool.type) {
      case 'function':
        break;
      case 'code_interpreter': {
        const file_ids = resources.code_interpreter?.file_ids ?? [];
        hosted.push({
          type: 'code_interpreter',
          container: { type: 'auto', ...(file_ids.length > 0 && { file_ids }) },
        });
        break;
      }
      case 'file_search': {
        const vector_store_ids = resources.file_search?.vector_store_ids ?? [];
        if (vector_store_ids.length === 0) without.push(tool.type);
        else hosted.push({ type: 'file_search', vector_store_ids, ...tool.file_search });
        break;
      }
      default:
        tool satisfies never;
    }
  return { hosted, without };
}

function toText(format: ResponseFormat): ResponseTextConfig | undefined {
  if (format === 'auto' || format.type === 'text') return undefined;
  return { format: format.type === 'json_object' ? format : { type: format.type, ...format.json_schema } };
}
