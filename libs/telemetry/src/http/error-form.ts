// In which form a failed request is told to its client: problem+json, but where an older interface has a form of its own.
// Chosen by path, because some requests fail before any route's own code is reached.
import type { FastifyRequest } from 'fastify';
import type { ParleyError } from '#contracts';
import { PROBLEM_TYPE, toProblem } from './problem.js';

export interface ErrorForm {
  /** Beginnings of paths, whole segments: `/api/things`. */
  under: readonly string[];
  contentType: string;
  /** @param traceId what to quote to an operator */
  body(error: ParleyError, traceId: string): object;
}

const PROBLEM: ErrorForm = { under: [], contentType: PROBLEM_TYPE, body: toProblem };

export function formOf(forms: readonly ErrorForm[], request: FastifyRequest): ErrorForm {
  // The route's own path where there is one: a client may write the same path in several ways.
  const path = request.routeOptions?.url ?? request.url.split('?', 1)[0]!;
  const isOf = (start: string): boolean => path === start || path.startsWith(`${start}/`);
  return forms.find(({ under }) => under.some(isOf)) ?? PROBLEM;
}
