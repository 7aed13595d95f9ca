// The face of the documents lib: structured plans and transcriptions, made by the model as jobs.
export * from './jobs/document-job.js';
export { DocumentJobs, type CancelOutcome, type Claim, type DocumentQuery } from './jobs/document-jobs.js';
export { JobWatch } from './jobs/job-watch.js';
export { DocumentJobsModule, DocumentsModule } from './documents.module.js';
export type { PlanJob, PlanRequest, PlanResult } from './plans/plan-record.js';
export * from './plans/plan-schema.js';
export { MEETING_TYPES, MOST_TEXT_BYTES } from './plans/plan-wish.js';
export { Plans, type PlanAsker } from './plans/plans.js';
export { renderPlan } from './plans/render-plan.js';
export {
  renderTranscript,
  spokenLines,
  type RenderedTranscript,
} from './transcriptions/transcript/render-transcript.js';
export type { TranscriptionJob, TranscriptionResult } from './transcriptions/transcription-record.js';
export { TranscriptionOptions } from './transcriptions/transcription-wish.js';
export { Transcriptions, type KeptRecording } from './transcriptions/transcriptions.js';
