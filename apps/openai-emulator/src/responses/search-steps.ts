// The events of one search of files, and the item that remains of it.

import type { ResponseFileSearchToolCall } from 'openai/resources/responses/responses';

import type { FileSearchAnswer } from '../answer/turns.js';
import { newId } from '../ids.js';
import type { EventFramer } from './event-framer.js';
import type { ResponseDraft } from './response-draft.js';

export function* searchSteps(
  { queries, hits }: FileSearchAnswer,
  draft: ResponseDraft,
  framer: EventFramer,
): Generator<string, void> {
  const output_index = draft.output.length;
  const begun: ResponseFileSearchToolCall = {
    id: newId('fs_'),
    type: 'file_search_call',
    status: 'in_progress',
    queries: [],
    results: null,
  };
  draft.output.push({ ...begun });
  const place = { item_id: begun.id, output_index };
  yield framer.frame({ type: 'response.output_item.added', output_index, item: begun });
  yield framer.frame({ type: 'response.file_search_call.in_progress', ...place });
  yield framer.frame({ type: 'response.file_search_call.searching', ...place });
  yield framer.frame({ type: 'response.file_search_call.completed', ...place });
  const results = draft.request.searchResults ? hits : null;
  const item: ResponseFileSearchToolCall = { ...begun, status: 'completed', queries, results };
  draft.output[output_index] = { ...item };
  yield framer.frame({ type: 'response.output_item.done', output_index, item });
}
