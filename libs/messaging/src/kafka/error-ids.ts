// What a failed call means in Kafka's words: the driver wraps the brokers' codes in errors of errors.

interface DriverError {
  apiId?: string;
  code?: string;
  errors?: unknown[];
  cause?: unknown;
}

/** Kafka's names (`MESSAGE_TOO_LARGE`, …) of all that an error holds. */
export function errorIds(error: unknown, found = new Set<string>()): Set<string> {
  if (typeof error !== 'object' || error === null) return found;
  const { apiId, errors = [], cause } = error as DriverError;
  if (apiId !== undefined) found.add(apiId);
  for (const inner of errors) errorIds(inner, found);
  if (cause !== undefined) errorIds(cause, found);
  return found;
}

/** A record or a batch that the brokers will never take at this size. */
export function isTooLarge(error: unknown): boolean {
  const ids = errorIds(error);
  return ids.has('MESSAGE_TOO_LARGE') || ids.has('RECORD_LIST_TOO_LARGE');
}
