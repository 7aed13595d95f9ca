// What a file may be for, and which of it OpenAI gives back.

import type { FileObject, FilePurpose } from 'openai/resources/files';

export const PURPOSES: ReadonlySet<string> = new Set<FilePurpose>([
  'assistants',
  'batch',
  'fine-tune',
  'vision',
  'user_data',
  'evals',
]);

/** The rest can only be used there. */
export const DOWNLOADABLE: ReadonlySet<string> = new Set<FileObject['purpose']>([
  'batch',
  'batch_output',
  'fine-tune',
  'fine-tune-results',
]);
