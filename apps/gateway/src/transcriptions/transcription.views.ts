// Transcriptions as REST shows them.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DOCUMENT_STATES, type TranscriptionJob } from '#documents';

class DocumentFaultView {
  @ApiProperty()
  code!: string;
  @ApiProperty({ type: [String] })
  details!: string[];
}

class ProgressView {
  @ApiProperty()
  stage!: string;
  @ApiProperty({ description: 'Pieces that are done.' })
  done!: number;
  @ApiProperty()
  total!: number;
}

export class TranscriptionView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: DOCUMENT_STATES })
  state!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  started_at?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  ended_at?: string;
  @ApiProperty()
  model!: string;
  @ApiProperty()
  format!: string;
  @ApiProperty({ description: 'As its content says.' })
  kind!: string;
  @ApiProperty()
  bytes!: number;
  @ApiPropertyOptional({ type: ProgressView })
  progress?: ProgressView;
  @ApiPropertyOptional({ type: DocumentFaultView, description: 'Why it failed, or is tried again later.' })
  fault?: DocumentFaultView;
  @ApiPropertyOptional({ description: 'What was said, of a completed one.' })
  text?: string;
  @ApiPropertyOptional({ description: 'Seconds of sound.' })
  duration?: number;
  @ApiPropertyOptional({ type: [String] })
  languages?: string[];
  @ApiPropertyOptional({ description: 'Into how many pieces it was cut.' })
  pieces?: number;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Tokens or seconds, as billed.',
  })
  usage?: object;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The vCon and the place of the analysis in it.',
  })
  vcon?: object;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The store and the file in it.',
  })
  index?: object;
}

export class TranscriptionPageView {
  @ApiProperty({ type: [TranscriptionView] })
  items!: TranscriptionView[];
  @ApiPropertyOptional()
  next?: string;
}

export class TranscriptionCancelView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: ['cancelled', 'requested'], description: '`requested`: the worker has been told.' })
  outcome!: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function toTranscriptionView(job: TranscriptionJob): TranscriptionView {
  const { id, state, created_at, started_at, ended_at, request, progress, fault, result } = job;
  const { wishes, audio } = request;
  return {
    id,
    state,
    created_at: iso(created_at),
    ...(started_at !== undefined && { started_at: iso(started_at) }),
    ...(ended_at !== undefined && { ended_at: iso(ended_at) }),
    model: wishes.model,
    format: wishes.format,
    kind: audio.kind,
    bytes: audio.bytes,
    ...(progress && { progress }),
    ...(fault && { fault: { code: fault.code, details: [...fault.details] } }),
    ...(result && {
      text: result.transcript.text,
      ...(result.transcript.duration !== undefined && { duration: result.transcript.duration }),
      ...(result.transcript.languages && { languages: result.transcript.languages }),
      pieces: result.pieces,
      ...(result.usage && { usage: result.usage }),
      ...(result.vcon && { vcon: result.vcon }),
      ...(result.index && { index: result.index }),
    }),
  };
}
