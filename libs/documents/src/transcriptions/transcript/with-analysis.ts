// A vCon with a transcript among its analyses. Pure; everything else of the vCon stays as it is.
import type { TranscriptionJob, TranscriptionResult } from '../transcription-record.js';

/**
 * @returns the vCon with it and the place of the analysis; `changed` is undefined when it is there already
 */
export function withAnalysis(
  vcon: Record<string, unknown>,
  job: Pick<TranscriptionJob, 'id' | 'request'>,
  { transcript, model }: Pick<TranscriptionResult, 'transcript' | 'model'>,
  now: Date = new Date(),
): { changed?: Record<string, unknown>; analysis: number } {
  const known = Array.isArray(vcon['analysis']) ? (vcon['analysis'] as unknown[]) : [];
  const there = known.findIndex((one) => idOf(one) === job.id);
  if (there >= 0) return { analysis: there };
  const dialog = job.request.wishes.dialog ?? onlyRecording(vcon['dialog']);
  const entry = {
    type: 'transcript',
    ...(dialog !== undefined && { dialog }),
    vendor: 'openai',
    product: model,
    mediatype: 'application/json',
    encoding: 'json',
    body: { id: job.id, ...transcript },
  };
  return {
    changed: { ...vcon, updated_at: now.toISOString(), analysis: [...known, entry] },
    analysis: known.length,
  };
}

const idOf = (analysis: unknown): unknown =>
  ((analysis as { body?: unknown } | null)?.body as { id?: unknown } | null | undefined)?.id;

/** Without a word about it, the one recording that there is. */
function onlyRecording(dialogs: unknown): number | undefined {
  if (!Array.isArray(dialogs)) return undefined;
  const recordings = dialogs.flatMap((dialog: { type?: unknown } | null, i) =>
    dialog?.type === 'recording' ? [i] : [],
  );
  return recordings.length === 1 ? recordings[0] : undefined;
}
