// The words a test can put into a message to shape the answer, as data. What they do is decided elsewhere.

/** How an answer's text is made. */
export type TextSpec =
  | { kind: 'say'; text: string }
  | { kind: 'tokens'; count: number }
  | { kind: 'json'; text: string }
  | { kind: 'recall' }
  | { kind: 'instructions' }
  | { kind: 'refuse' };

export interface CallSpec {
  name: string;
  /** JSON text of the arguments. */
  arguments: string;
}

export const FAULT_KINDS = [
  'fail',
  'hang',
  'cut',
  'fin',
  'malformed',
  'duplicate-seq',
  'missing-seq',
  'huge-line',
  'error-event',
  'response-failed',
  'incomplete',
  'no-blank-line',
  'events-after-terminal',
  'html-200',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  kind: FaultKind;
  /** Deltas to send first; -1 is before the answer begins. */
  after: number;
  /** The words of the directive that are not options: `500`, `quota`, `max_output_tokens`. */
  what: string;
  options: Readonly<Record<string, string>>;
  /** How often it strikes for one message; undefined is always. */
  times: number | undefined;
  /** The directive as written; part of the key that `times` counts by. */
  source: string;
}

/** One answer of the model: what it says, then the tools it calls. */
export interface Round {
  text: TextSpec | undefined;
  calls: CallSpec[];
  reasoning: string | undefined;
  /** Asks the offered files this; '' asks them the message. */
  search: string | undefined;
  faults: Fault[];
}

export interface PaceSpec {
  rate?: number;
  ttft?: number;
  chars?: number;
}

export interface Script {
  rounds: Round[];
  pace: PaceSpec;
  stamp: boolean;
  /** Goes on beyond the asked maximum, as some servers do. */
  unbounded: boolean;
  /** Called in every round, without an end. */
  forever: CallSpec | undefined;
  /** The message without its directives, trimmed. */
  plain: string;
}

export function emptyRound(): Round {
  return { text: undefined, calls: [], reasoning: undefined, search: undefined, faults: [] };
}
