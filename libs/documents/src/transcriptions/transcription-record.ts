// What is noted of a transcription beside what every document has.
import type { Transcript, TranscriptionOutcome, TranscriptionUsage } from '#openai';
import type { DocumentJob } from '../jobs/document-job.js';
import type { AudioKind } from './audio/audio-kind.js';
import type { TranscriptionWishes } from './transcription-wish.js';

export interface TranscriptionRequestRecord {
  wishes: TranscriptionWishes;
  audio: {
    kind: AudioKind;
    bytes: number;
    /** In the object store; removed when the transcription has ended. */
    hash: string;
  };
}

/** Where a transcript went besides its record. */
export interface TranscriptionPlaces {
  vcon?: { uuid: string; analysis: number };
  index?: { vector_store_id: string; file_id: string };
}

export interface TranscriptionResult extends TranscriptionPlaces {
  transcript: Transcript;
  /** That wrote it. */
  model: string;
  /** Pieces that the recording was cut into. */
  pieces: number;
  usage?: TranscriptionUsage;
}

export type TranscriptionJob = DocumentJob<TranscriptionRequestRecord, TranscriptionResult>;

/** A piece that is done. */
export interface DonePiece extends TranscriptionOutcome {
  offset: number;
}

export const placeOf = ({
  id,
  tenant,
}: {
  id: string;
  tenant: string;
}): { tenant: string; owner: string } => ({
  tenant,
  owner: `transcription:${id}`,
});
