// Calls of the provider that are not answers of a model: repeated while that can help, within one bound, and told in the words of the
// step that failed. Uploads and vector stores have no queue behind them that would come again.
import { setTimeout as sleep } from 'node:timers/promises';
import { ParleyError, type ErrorCode } from '#contracts';
import { decideRetry } from '../errors/retry-decision.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';

/** What a call was for: decides the code under which it fails. */
export type ProviderStep = 'upload' | 'file' | 'vector_store';

const FAILS_AS = {
  upload: 'upload_failed',
  file: 'upload_failed',
  vector_store: 'vector_store_failed',
} as const satisfies Record<ProviderStep, ErrorCode>;

/** Of a pause that the provider asks for; after a longer one the caller is told when to come again. */
const LONGEST_PAUSE_MS = 20_000;

export class ProviderCalls {
  constructor(private readonly maxRetries: number) {}

  /**
   * @param tries is told how often it was asked before
   * @throws ParleyError `upstream_authentication`, `upstream_rate_limited` (with `retryAfterMs`), `upstream_account`, `run_cancelled`, else the code of
   * the step; its cause is the UpstreamError
   */
  async make<T>(
    step: ProviderStep,
    call: (tries: number) => PromiseLike<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await call(tries);
      } catch (thrown) {
        const error = toUpstreamError(thrown);
        const decision = decideRetry(error, { burn: tries, max_retries: this.maxRetries, parked: tries });
        const asked = decision.action === 'park' && decision.reason !== 'throttle';
        if (decision.action === 'fail' || asked || tries >= this.maxRetries) throw toFault(step, error);
        if (decision.delay_ms > LONGEST_PAUSE_MS) throw toFault(step, error);
        await sleep(decision.delay_ms, undefined, signal ? { signal } : {}).catch(() => {
          throw toFault(step, new UpstreamError('aborted', 'the call was aborted'));
        });
      }
    }
  }
}

/** The provider's own failure behind a {@link ProviderCalls} fault. */
export const upstreamOf = (error: unknown): UpstreamError | undefined =>
  error instanceof ParleyError && error.cause instanceof UpstreamError ? error.cause : undefined;

/** That the thing which was named is not there at the provider. */
export const isAbsent = (error: unknown): boolean => upstreamOf(error)?.kind === 'not_found';

function toFault(step: ProviderStep, cause: UpstreamError): ParleyError {
  const wait = cause.retry_after_ms === undefined ? {} : { retryAfterMs: cause.retry_after_ms };
  return new ParleyError(codeOf(step, cause), `unable to reach the provider's ${step}; ${cause.kind}`, {
    cause,
    ...wait,
  });
}

function codeOf(step: ProviderStep, { kind, status }: UpstreamError): ErrorCode {
  // An account without access to vector stores is no wrong key: everything else works.
  if (kind === 'auth')
    return status === 403 && step === 'vector_store' ? FAILS_AS[step] : 'upstream_authentication';
  if (kind === 'quota') return 'upstream_account';
  if (kind === 'rate_limit') return 'upstream_rate_limited';
  return kind === 'aborted' ? 'run_cancelled' : FAILS_AS[step];
}
