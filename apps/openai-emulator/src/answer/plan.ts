// What will be answered, decided before the first byte: text, calls, faults, pace.

import type { CallSpec, Fault } from '../directives/directive.js';
import type { Pace } from '../pacing/generation.js';
import type { Citation } from './quotes.js';
import type { FileSearchAnswer } from './turns.js';
import type { TextSource } from '../text/text-source.js';

export interface Plan {
  reasoning: string | undefined;
  /** What a search of files has found, before anything is said. */
  search: FileSearchAnswer | undefined;
  /** Files behind the text. */
  citations: Citation[];
  /** Makes the source of the text; undefined when the answer has no message. */
  text: (() => TextSource) | undefined;
  /** The text is a refusal. */
  refusal: boolean;
  calls: CallSpec[];
  incomplete: 'max_output_tokens' | 'content_filter' | undefined;
  /** The answer ends in an error after this many deltas. */
  breaks: { how: 'error-event' | 'response-failed'; after: number; code: string } | undefined;
  pace: Pace & { deltaChars: number };
  /** What happens to the connection. */
  faults: Fault[];
}
