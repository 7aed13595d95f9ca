// A whole chat completion as a ModelOutcome in the Responses API's words: what ChatEvents makes of a streamed one. Pure.
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import { incompleteReason, toChatItems, toChatUsage } from './chat-words.js';

/** @throws UpstreamError `malformed` */
export function toChatOutcome(completion: ChatCompletion): ModelOutcome {
  const { id, model, usage } = completion;
  const choice = completion.choices?.[0];
  if (choice === undefined) throw new UpstreamError('malformed', 'the answer has no choice');
  const text = choice.message.content ?? '';
  const refusal = choice.message.refusal ?? '';
  const tool_calls = (choice.message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function' ? [{ call_id: call.id, ...call.function }] : [],
  );
  const reason = incompleteReason(choice.finish_reason);
  return {
    status: reason === undefined ? 'completed' : 'incomplete',
    ...(reason === undefined ? {} : { incomplete_reason: reason }),
    response_id: id,
    model,
    text,
    ...(refusal === '' ? {} : { refusal }),
    items: toChatItems({ id, text, refusal, tool_calls, incomplete: reason !== undefined }),
    tool_calls,
    usage: toChatUsage(usage),
    sequence_number: 0,
  };
}
