// A conversation record as the draft names it (draft-ietf-vcon-vcon-core), after the names of older drafts were mapped.
// Unknown members are kept beside these everywhere.

/** The three outer shapes of a vCon. */
export type VconForm = 'unsigned' | 'signed' | 'encrypted';

export interface VconIssue {
  /** JSON path, such as `$.dialog[0].parties[1]`. Never holds a value of the vCon. */
  path: string;
  /** The rule that does not hold, without values. */
  message: string;
  /** Stable name of the rule, such as `party_index`. */
  rule: string;
}

export interface VconParty {
  name?: string;
  tel?: string;
  mailto?: string;
  role?: string;
  uuid?: string;
  [more: string]: unknown;
}

export interface VconDialog {
  type: string;
  /** RFC 3339. */
  start?: string;
  /** Seconds. */
  duration?: number;
  /** Indices into the parties; one, several, or several by moment. */
  parties?: number | (number | number[])[];
  originator?: number;
  mediatype?: string;
  filename?: string;
  body?: unknown;
  encoding?: 'base64url' | 'json' | 'none';
  url?: string;
  content_hash?: string | string[];
  [more: string]: unknown;
}

export interface VconAnalysis {
  type: string;
  /** Index of the dialog or dialogs that it is about. */
  dialog?: number | number[];
  mediatype?: string;
  vendor?: string;
  product?: string;
  body?: unknown;
  encoding?: 'base64url' | 'json' | 'none';
  [more: string]: unknown;
}

export interface Vcon {
  vcon?: string;
  uuid: string;
  /** RFC 3339. Older records may lack it. */
  created_at?: string;
  updated_at?: string;
  subject?: string;
  parties: VconParty[];
  dialog?: VconDialog[];
  analysis?: VconAnalysis[];
  attachments?: Record<string, unknown>[];
  redacted?: Record<string, unknown>;
  amended?: Record<string, unknown>;
  critical?: string[];
  [more: string]: unknown;
}

/** What was found of a signature; a signature that does not hold is an error in strict mode, a warning otherwise. */
export interface VconSignature {
  verified: boolean;
  alg: string;
  /** Subject names of the certificate chain, leaf first, as far as one was sent. */
  chain: string[];
  /** Why it does not hold. */
  reason?: string;
}

export interface ParsedVcon {
  form: VconForm;
  /** Lower case. */
  uuid: string;
  /** Undefined when it is encrypted and no key opens it. */
  vcon?: Vcon;
  /** What is not as the draft wants it, and was taken anyway. */
  warnings: VconIssue[];
  signatures: VconSignature[];
}

/** A part of the rendering that says what it comes from. */
export interface RenderedSpan {
  /** Offsets into the text, UTF-16 units, end exclusive. */
  start: number;
  end: number;
  /** Index into `dialog`, where it is a dialog's own text or an analysis of one dialog. */
  dialog?: number;
  /** Index into `analysis`. */
  analysis?: number;
}

/** What goes to the index: text only, no media, no ciphertext; made again from the original it is the same. */
export interface VconRendering {
  /** A JSON document, one part a line, so that cutting it into chunks tears little. */
  text: string;
  spans: RenderedSpan[];
}
