// Items of a transcript as chat messages. Pure. What chat has no word for (reasoning, built-in tools) is left out.
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses';

type MessageItem = Extract<ResponseInputItem, { role: string; content: unknown }>;
type Part = MessageItem['content'] extends string | (infer P)[] ? P : never;

/** Tool calls that stand in a row become one assistant message, joined to the text right before them. */
export function toChatMessages(
  instructions: string | undefined,
  items: readonly ResponseInputItem[],
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [];
  if (instructions !== undefined && instructions !== '')
    messages.push({ role: 'system', content: instructions });
  for (const item of items) {
    if (isMessage(item)) messages.push(toMessage(item));
    else if (item.type === 'function_call') {
      const { call_id: id, name } = item;
      addToolCall(messages, { id, type: 'function', function: { name, arguments: item.arguments } });
    } else if (item.type === 'function_call_output' && typeof item.call_id === 'string')
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: plainText(item.output) });
  }
  return messages;
}

const isMessage = (item: ResponseInputItem): item is MessageItem =>
  'role' in item && 'content' in item && (item.type === undefined || item.type === 'message');

function addToolCall(
  messages: ChatCompletionMessageParam[],
  call: NonNullable<ChatCompletionAssistantMessageParam['tool_calls']>[number],
): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), call];
  else messages.push({ role: 'assistant', content: null, tool_calls: [call] });
}

function toMessage(item: MessageItem): ChatCompletionMessageParam {
  switch (item.role) {
    case 'assistant':
      return { role: 'assistant', content: plainText(item.content) };
    case 'system':
    case 'developer':
      // `system` is the word that every compatible server knows.
      return { role: 'system', content: plainText(item.content) };
    default:
      return { role: 'user', content: toUserContent(item.content) };
  }
}

function toUserContent(content: MessageItem['content']): string | ChatCompletionContentPart[] {
  if (typeof content === 'string') return content;
  const parts = content as ResponseInputContent[];
  if (parts.every((part) => part.type === 'input_text')) return plainText(parts);
  return parts.map(toPart).filter((part) => part !== undefined);
}

function toPart(part: ResponseInputContent): ChatCompletionContentPart | undefined {
  switch (part.type) {
    case 'input_text':
      return { type: 'text', text: part.text };
    case 'input_image': {
      // Chat takes images by URL only, and knows no detail beyond `high`.
      if (typeof part.image_url !== 'string') return undefined;
      const detail = part.detail === 'auto' || part.detail === 'low' ? part.detail : 'high';
      return { type: 'image_url', image_url: { url: part.image_url, detail } };
    }
    case 'input_file':
      return {
        type: 'file',
        file: {
          ...(typeof part.file_id === 'string' ? { file_id: part.file_id } : {}),
          ...(part.file_data === undefined ? {} : { file_data: part.file_data }),
          ...(part.filename === undefined ? {} : { filename: part.filename }),
        },
      };
    default:
      return part satisfies never;
  }
}

function plainText(content: string | readonly (Part | { type: string })[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? part.text : 'refusal' in part ? part.refusal : '')).join('');
}
