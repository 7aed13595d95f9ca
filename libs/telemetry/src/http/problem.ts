// An error as REST clients see it: problem+json (RFC 9457) with our finite code.
import type { ErrorCode, ParleyError } from '#contracts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export interface Problem {
  /** `urn:parley:error:<code>` */
  type: string;
  /** The code's public text; the same for every occurrence. */
  title: string;
  status: number;
  code: ErrorCode;
  /** What can be done about it. */
  detail: string;
  /** The trace when traces are on, else the request id: what to quote to an operator. */
  trace_id: string;
  /** Faults of the sender's own input: property and rule, no values. */
  errors?: readonly string[];
}

const DETAIL = {
  fix_request: 'Change the request before sending it again.',
  retry_later: 'The same request may succeed later.',
  none: 'Sending the same request again will not help.',
} as const;

export function toProblem(error: ParleyError, traceId: string): Problem {
  return {
    type: `urn:parley:error:${error.code}`,
    title: error.publicText,
    status: error.httpStatus,
    code: error.code,
    detail: DETAIL[error.recovery],
    trace_id: traceId,
    ...(error.details.length > 0 && { errors: error.details }),
  };
}
