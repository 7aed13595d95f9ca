// What a failed call means in Kafka's words: the driver wraps the brokers' codes in errors of errors.

export interface DriverError {
  message?: string;
  /** Kafka's name of a broker's code. */
  apiId?: string;
  /** Of the driver, of Node or of OpenSSL. */
  code?: string;
  syscall?: string;
  errors?: unknown[];
  cause?: unknown;
}

/** An error and all that it holds, the outer before the inner. */
export function* nestedErrors(error: unknown): Generator<DriverError> {
  if (typeof error !== 'object' || error === null) return;
  yield error;
  const { errors = [], cause } = error as DriverError;
  for (const inner of errors) yield* nestedErrors(inner);
  yield* nestedErrors(cause);
}

/** Kafka's names (`MESSAGE_TOO_LARGE`, …) of all that an error holds. */
export function errorIds(error: unknown): Set<string> {
  return new Set([...nestedErrors(error)].flatMap(({ apiId }) => apiId ?? []));
}

/** A record or a batch that the brokers will never take at this size. */
export function isTooLarge(error: unknown): boolean {
  const ids = errorIds(error);
  return ids.has('MESSAGE_TOO_LARGE') || ids.has('RECORD_LIST_TOO_LARGE');
}
