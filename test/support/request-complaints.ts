// Does OpenAI's own document accept what Parley sent? Knows the one ambiguity of that document: a plain message fits two of
// the alternatives of which `oneOf` allows one.
import { openaiSchema, type Complaints } from './openai-schema.js';
import type { JournalEntry } from './system.js';

const AMBIGUOUS = /^\/input\/\d+ .*"passingSchemas":\[/;
const CONSEQUENCE = /^\/input must /;

/** Empty when all is well, or when the document is not at hand (which is said once on stderr). */
export function requestComplaints({ path, body }: JournalEntry): Complaints {
  const found = openaiSchema()?.validateRequest(path.replace(/^\/v1/, ''), 'post', body) ?? [];
  const real = found.filter((complaint) => !AMBIGUOUS.test(complaint));
  const onlyConsequences =
    real.length < found.length && real.every((complaint) => CONSEQUENCE.test(complaint));
  return onlyConsequences ? [] : real;
}
