// What is noted of one document in the making: who wants what, how far it is, what came of it. The job that a queue holds is only a
// doorbell; this is the truth.
import type { ErrorCode } from '#contracts';

/** `queued` → `running` → one of the rest; back to `queued` when it is to be tried again later. */
export const DOCUMENT_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type DocumentState = (typeof DOCUMENT_STATES)[number];

export const DOCUMENT_KINDS = ['transcription', 'plan'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export interface DocumentFault {
  code: ErrorCode;
  /** Faults of what was sent, safe to show. */
  details: readonly string[];
}

export interface DocumentProgress {
  /** What it is at, in one word. */
  stage: string;
  done: number;
  total: number;
}

/** As it was asked for; never changes. */
export interface DocumentSpec<Request = unknown> {
  id: string;
  kind: DocumentKind;
  tenant: string;
  /** Whose usage it is, and with whom it leaves. */
  user?: string;
  /** UTC ms. */
  created_at: number;
  request: Request;
}

export interface DocumentJob<Request = unknown, Result = unknown> extends DocumentSpec<Request> {
  state: DocumentState;
  /** How often somebody took it up. */
  attempt: number;
  progress?: DocumentProgress;
  /** UTC ms. */
  started_at?: number;
  ended_at?: number;
  result?: Result;
  /** Of a failed one; of a queued one why it is tried again. */
  fault?: DocumentFault;
  cancel_requested: boolean;
}

/** What its watchers hear, in order. Texts are pieces; after `reset` those before count no more. */
export type DocumentEvent =
  | { type: 'state'; state: DocumentState; fault?: DocumentFault }
  | ({ type: 'progress' } & DocumentProgress)
  | { type: 'text'; delta: string }
  | { type: 'reset' };

export const isEnded = (state: DocumentState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';
