// The face of the documents lib: structured plans and transcriptions, made by the model as jobs.
/** Name of the profile whose usage documents are booked on. */
export const DOCUMENTS = 'documents';
