// How many tokens a request will be billed for, estimated before it is sent. Pure.
import { IMAGE_TOKENS } from '#completions';
import type { ModelRequest } from '#openai';
import { estimateTokens } from '#usage';

export function sizeOfRequest({ instructions = '', input, tools }: ModelRequest): number {
  let tokens = estimateTokens(instructions) + (tools.length > 0 ? estimateTokens(JSON.stringify(tools)) : 0);
  for (const item of input) {
    if (!('content' in item) || !Array.isArray(item.content)) tokens += estimateTokens(JSON.stringify(item));
    else
      for (const part of item.content as { type: string; text?: string }[])
        tokens += part.type === 'input_image' ? IMAGE_TOKENS : estimateTokens(part.text ?? '');
  }
  return tokens;
}
