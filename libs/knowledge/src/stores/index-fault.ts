// Why the index refused a file, in the provider's words, cleaned.
import { sanitise, type VectorStoreFile } from '#openai';

export const reasonOf = (error: VectorStoreFile['last_error']): string =>
  error ? `${error.code}: ${sanitise(error.message) ?? ''}` : 'failed';
