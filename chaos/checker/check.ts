// All rules over one history. Pure: a history in, what it breaks out.
import type { History } from '../history/history.js';
import { checkAnswers } from './rules/answers.js';
import { checkCancels } from './rules/cancels.js';
import { checkClients } from './rules/clients.js';
import { checkEnds } from './rules/ends.js';
import { checkEpochs } from './rules/epochs.js';
import { checkHealth } from './rules/health.js';
import { checkLiveness } from './rules/liveness.js';
import { checkOffsets } from './rules/offsets.js';
import { checkOrder } from './rules/order.js';
import { checkPoison } from './rules/poison.js';
import { checkReplies } from './rules/replies.js';
import { checkSecrets } from './rules/secrets.js';
import { checkTexts } from './rules/texts.js';
import { checkTools } from './rules/tools.js';
import { toView, type View } from './view.js';
import type { Violation } from './violation.js';

/** In the order of their numbers. */
const RULES: readonly ((view: View) => Violation[])[] = [
  checkEnds,
  checkTexts,
  checkOrder,
  checkClients,
  checkOffsets,
  checkLiveness,
  checkReplies,
  checkAnswers,
  checkTools,
  checkHealth,
  checkEpochs,
  checkSecrets,
  checkPoison,
  checkCancels,
];

export interface Verdict {
  view: View;
  violations: Violation[];
}

export function check(history: History): Verdict {
  const view = toView(history);
  return { view, violations: RULES.flatMap((rule) => rule(view)) };
}
