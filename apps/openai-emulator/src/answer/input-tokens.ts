// How many tokens a question costs: the same number in usage and in the counting endpoint.

import { countTokens } from '../text/tokens.js';
import type { Question } from './turns.js';

const PER_TURN = 4;
const PER_IMAGE = 85;

export function inputTokens(question: Question, tools: unknown): number {
  let tokens = question.instructions === undefined ? 0 : countTokens(question.instructions) + PER_TURN;
  for (const turn of question.turns) {
    tokens += PER_TURN;
    if (turn.kind === 'message') tokens += countTokens(turn.text) + PER_IMAGE * (turn.images + turn.files);
    else if (turn.kind === 'call') tokens += countTokens(turn.name) + countTokens(turn.arguments);
    else if (turn.kind === 'output') tokens += countTokens(turn.text);
  }
  return question.tools.length === 0 ? tokens : tokens + countTokens(JSON.stringify(tools));
}
