// I11: words that the rig planted as keys and content were looked for in logs and metrics.
import type { View } from '../view.js';
import type { Violation } from '../violation.js';

export const checkSecrets = ({ history }: View): Violation[] =>
  history.leaks.map((text) => ({ invariant: 'I11', text }));
