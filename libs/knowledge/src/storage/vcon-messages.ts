// What goes to a thread for vCons and comes back: large buffers are handed over instead of copied, and errors keep what their class says.
import { ParleyError, type ErrorCode } from '#contracts';
import { VconError, type ReadOptions } from '../vcon/read-vcon.js';
import type { VconIssue } from '../vcon/vcon.js';
import type { VconStudy, VconWishes } from './study-vcon.js';

export interface VconTask {
  bytes: Uint8Array;
  options: ReadOptions;
  wishes: VconWishes;
}

export type VconAnswer = { study: VconStudy } | { refusal: Refusal };

interface Refusal {
  code: ErrorCode;
  message: string;
  details: readonly string[];
  issues?: readonly VconIssue[];
}

/** Memory that is no other buffer's too can be handed over. */
export const ownMemory = ({ buffer, byteLength }: Uint8Array): ArrayBuffer[] =>
  buffer.byteLength === byteLength ? [buffer as ArrayBuffer] : [];

/** Buffers arrive as plain bytes. */
export const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

/** @throws what is no refusal */
export function toRefusal(error: unknown): VconAnswer {
  if (!(error instanceof ParleyError)) throw error;
  const { code, message, details } = error;
  return {
    refusal: { code, message, details, ...(error instanceof VconError && { issues: error.issues }) },
  };
}

/** @throws ParleyError as it was thrown in the thread */
export function readAnswer(answer: VconAnswer): VconStudy {
  if ('refusal' in answer) {
    const { code, message, details, issues } = answer.refusal;
    throw issues ? new VconError(issues) : new ParleyError(code, message, { details });
  }
  const { original, index, ...study } = answer.study;
  return {
    ...study,
    original: asBuffer(original),
    ...(index && { index: { ...index, content: asBuffer(index.content) } }),
  };
}
