// What may be asked of a transcription: read strictly, and refused before any sound is kept when the model cannot do it.
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { ParleyError, validate, WellFormed } from '#contracts';
import { refusals, TRANSCRIPT_FORMATS, type ModelCatalogue, type TranscriptFormat } from '#openai';

const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/;

export class TranscriptionOptions {
  @IsOptional()
  @IsString()
  @Matches(/^[\w.:/-]{1,100}$/, { message: 'model must be the name of a model' })
  model?: string;

  @IsIn(TRANSCRIPT_FORMATS)
  format: TranscriptFormat = 'json';

  /** Times of single words too. */
  @IsBoolean()
  words: boolean = false;

  @IsArray()
  @ArrayMaxSize(10)
  @Matches(LANGUAGE, { each: true, message: 'languages must be codes such as en' })
  languages: string[] = [];

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(4_000)
  @WellFormed()
  prompt?: string;

  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(100, { each: true })
  keywords: string[] = [];

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  temperature?: number;

  /** A saved vCon that the transcript becomes an analysis of. */
  @IsOptional()
  @IsUUID()
  vcon?: string;

  /** Which of its dialogs was heard. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  dialog?: number;

  /** Where the transcript is made searchable. */
  @IsOptional()
  @IsString()
  @Matches(/^[\w.-]{1,100}$/, { message: 'vector_store_id must be an id' })
  vector_store_id?: string;
}

export interface TranscriptionWishes extends TranscriptionOptions {
  /** That it was asked of, resolved. */
  model: string;
}

/**
 * @param fallback the model of those that name none
 * @throws ParleyError `invalid_request` with each fault
 */
export function readTranscriptionOptions(
  options: object,
  catalogue: ModelCatalogue,
  fallback: string,
  today: Date = new Date(),
): TranscriptionWishes {
  const read = validate(TranscriptionOptions, { ...options }, 'refuse');
  const resolved = catalogue.resolveModel(read.model ?? fallback, today);
  const faults = refusals(catalogue, resolved, read, today);
  if (read.words && read.format !== 'verbose_json') faults.push('words: needs format verbose_json');
  if (read.dialog !== undefined && read.vcon === undefined) faults.push('dialog: needs vcon');
  if (faults.length > 0)
    throw new ParleyError('invalid_request', 'unable to transcribe; the model cannot do what is asked', {
      details: faults,
    });
  return {
    ...read,
    model: resolved.model,
    ...(read.vcon !== undefined && { vcon: read.vcon.toLowerCase() }),
  };
}
