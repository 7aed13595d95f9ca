// Question + directives → plan. The only place that decides what a request is answered with.

import type { Fault, Round, Script, TextSpec } from '../directives/directive.js';
import { emptyRound } from '../directives/directive.js';
import { apply, parseScript } from '../directives/parse-script.js';
import type { Settings } from '../settings.js';
import { PreparedText, StampedText } from '../text/text-source.js';
import { cutToTokens } from '../text/tokens.js';
import { fromSchema } from './from-schema.js';
import type { Plan } from './plan.js';
import { citationsBehind, quotesText } from './quotes.js';
import { countingText, recallText, replyText } from './reply-text.js';
import type { FileSearchAnswer, Question, Turn } from './turns.js';
import { lastUserIndex } from './turns.js';
import { wantedCall } from './wanted-call.js';

const REFUSAL = "I'm sorry, but I can't help with that.";
const STAMPS = 100;

export interface PlannedAnswer {
  plan: Plan;
  /** Faults of this round in the order they were written, those of header and rules last; not yet counted. */
  faults: Fault[];
  /** Text of the last user message; with a fault's source it is the key that `times` counts by. */
  userText: string;
}

/**
 * @param extra directives (without brackets) from the fault header and from rules; they apply to the current round
 */
export function planAnswer(question: Question, settings: Settings, extra: readonly string[]): PlannedAnswer {
  const last = lastUserIndex(question.turns);
  const turn = question.turns[last];
  const userText = turn?.kind === 'message' ? turn.text : '';
  const script = parseScript(userText);
  const round = currentRound(script, question.turns.slice(last + 1));
  const overlay: Script = { ...script, rounds: [round] };
  for (const directive of extra) apply(overlay, directive);
  // Directives from outside never open a further round: what they say is said now.
  const said = overlay.rounds.at(-1)!.text ?? round.text;
  const answer: Round = { ...round, text: said };
  const plan = toPlan(question, answer, overlay, settings, userText);
  return { plan, faults: overlay.rounds.flatMap((each) => each.faults), userText };
}

/** Rounds are used up as the outputs of their calls come back. */
function currentRound(script: Script, since: readonly Turn[]): Round {
  const outputs = since.filter((turn) => turn.kind === 'output').length;
  if (script.forever !== undefined) return { ...script.rounds[0]!, calls: [script.forever] };
  let used = 0;
  for (const round of script.rounds) {
    if (round.calls.length === 0 || used + round.calls.length > outputs) {
      return {
        ...round,
        calls: round.calls.slice(Math.max(0, outputs - used)),
        faults: round.faults.slice(),
      };
    }
    used += round.calls.length;
  }
  return emptyRound();
}

function toPlan(
  question: Question,
  round: Round,
  script: Script,
  settings: Settings,
  userText: string,
): Plan {
  const calls = round.calls.slice();
  const maxTokens = script.unbounded ? undefined : question.maxTokens;
  const answered = question.turns
    .slice(lastUserIndex(question.turns) + 1)
    .some((turn) => turn.kind === 'output');
  if (calls.length === 0 && round.text === undefined && !script.stamp && !answered) {
    const wanted = wantedCall(question, userText);
    if (wanted !== undefined) calls.push(wanted);
  }
  if (!question.parallelCalls) calls.splice(1);
  const scripted = round.text !== undefined || script.stamp;
  const search =
    answered || calls.length > 0 ? undefined : searched(question, script.plain, round.search, scripted);
  const deltaChars = script.pace.chars ?? settings.delta_chars;
  const pace = {
    ttftMs: script.pace.ttft ?? settings.ttft_ms,
    tokensPerSecond: script.pace.rate ?? settings.tokens_per_second,
    deltaChars,
  };
  const plan: Plan = {
    reasoning: round.reasoning,
    search,
    citations: [],
    text: undefined,
    refusal: round.text?.kind === 'refuse',
    calls,
    incomplete: undefined,
    breaks: undefined,
    pace,
    faults: [],
  };
  if (script.stamp) {
    const count = round.text?.kind === 'tokens' ? round.text.count : STAMPS;
    plan.text = () => new StampedText(Math.min(count, maxTokens ?? count));
    if (maxTokens !== undefined && maxTokens < count) plan.incomplete = 'max_output_tokens';
  } else if (round.text !== undefined || calls.length === 0) {
    const quoted =
      search && round.text === undefined ? quotesText(search.queries[0]!, search.hits) : undefined;
    const whole = textFor(round.text, question, quoted?.text);
    if (search !== undefined && question.format.kind === 'text')
      plan.citations = quoted?.citations ?? citationsBehind(whole, search.hits);
    const cut = maxTokens === undefined ? undefined : cutToTokens(whole, maxTokens);
    plan.text = () => new PreparedText(cut?.text ?? whole, deltaChars);
    if (cut?.complete === false) {
      plan.incomplete = 'max_output_tokens';
      plan.calls = [];
    }
  }
  return plan;
}

/** An answer that nothing asks for otherwise looks into the files it is offered. */
function searched(
  question: Question,
  message: string,
  directive: string | undefined,
  scripted: boolean,
): FileSearchAnswer | undefined {
  const { fileSearch, toolChoice } = question;
  if (fileSearch === undefined || toolChoice.mode === 'none' || toolChoice.force !== undefined)
    return undefined;
  const wanted = directive !== undefined || toolChoice.search === true || toolChoice.mode === 'required';
  const query = directive === undefined || directive === '' ? message : directive;
  return query === '' || (scripted && !wanted) ? undefined : fileSearch(query);
}

/** @param quoted what the files said, where they were asked */
function textFor(spec: TextSpec | undefined, question: Question, quoted: string | undefined): string {
  if (spec === undefined) return defaultText(question, quoted);
  switch (spec.kind) {
    case 'say':
    case 'json':
      return spec.text;
    case 'tokens':
      return countingText(spec.count);
    case 'recall':
      return recallText(question.turns);
    case 'instructions':
      return question.instructions ?? 'No instructions.';
    case 'refuse':
      return REFUSAL;
    default:
      return spec satisfies never;
  }
}

function defaultText(question: Question, quoted: string | undefined): string {
  const reply = quoted ?? replyText(question.turns);
  if (question.format.kind === 'text') return reply;
  if (question.format.kind === 'json_object') return JSON.stringify({ answer: reply });
  return JSON.stringify(fromSchema(question.format.schema, reply));
}
