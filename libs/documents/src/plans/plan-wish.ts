// What may be asked of a plan: read strictly, and refused before anything is queued.
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { MaxBytes, ParleyError, validate, WellFormed } from '#contracts';

export const MEETING_TYPES = ['customer', 'internal', 'kickoff', 'review'] as const;
export type MeetingType = (typeof MEETING_TYPES)[number];

/** Of all texts of one request; the context of the smallest model that plans. */
export const MOST_TEXT_BYTES = 400_000;
const ID = /^[\w.-]{1,100}$/;

class Asked {
  @IsOptional()
  @IsString()
  @Matches(/^[\w.:/-]{1,100}$/, { message: 'model must be the name of a model' })
  model?: string;

  /** `false` asks anew even if an equal question was answered before. */
  @IsBoolean()
  cache: boolean = true;
}

class Source {
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @WellFormed()
  name!: string;

  @IsString()
  @MinLength(1)
  @MaxBytes(MOST_TEXT_BYTES)
  @WellFormed()
  text!: string;
}

export class PlanWish extends Asked {
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @WellFormed()
  customer!: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @WellFormed()
  project_name?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @WellFormed()
  family_of_parts?: string;

  /** What is known of the project. */
  @IsArray()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(4_000, { each: true })
  @WellFormed({ each: true })
  facts: string[] = [];

  /** In place of our own system prompt. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(20_000)
  @WellFormed()
  instructions?: string;

  /** Documents as text. */
  @IsArray()
  @ArrayMaxSize(20)
  sources: Source[] = [];

  /** Saved vCons whose conversations are sources. */
  @IsArray()
  @ArrayMaxSize(20)
  @IsUUID(undefined, { each: true })
  vcons: string[] = [];

  /** Files of the provider's account. */
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(ID, { each: true, message: 'file_ids must be ids' })
  file_ids: string[] = [];

  /** Vector stores that the model may search. */
  @IsArray()
  @ArrayMaxSize(2)
  @Matches(ID, { each: true, message: 'vector_store_ids must be ids' })
  vector_store_ids: string[] = [];
}

export class ApplyWish extends Asked {
  @IsIn(MEETING_TYPES)
  meeting_type!: MeetingType;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxBytes(MOST_TEXT_BYTES)
  @WellFormed()
  transcript?: string;

  /** Id of a transcription that has been written down. */
  @IsOptional()
  @IsString()
  @Matches(/^transcription_[0-9a-f]{32}$/, { message: 'transcription must be the id of a transcription' })
  transcription?: string;
}

class GradeWish extends Asked {}

/** @throws ParleyError `invalid_request` */
export const readGradeWish = (value: unknown): Asked => validate(GradeWish, value, 'refuse');

/** @throws ParleyError `invalid_request` with each fault, `too_large` */
export function readPlanWish(value: unknown): PlanWish {
  const wish = validate(PlanWish, value, 'refuse');
  wish.sources = wish.sources.map((source) => validate(Source, source, 'refuse'));
  const bytes = [...wish.facts, ...wish.sources.map(({ text }) => text)]
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, size) => sum + size, 0);
  if (bytes > MOST_TEXT_BYTES)
    throw new ParleyError('too_large', 'unable to plan; the texts are too long', {
      details: [`sources: at most ${MOST_TEXT_BYTES} bytes of text are taken`],
    });
  return wish;
}

/** @throws ParleyError `invalid_request` */
export function readApplyWish(value: unknown): ApplyWish {
  const wish = validate(ApplyWish, value, 'refuse');
  if ((wish.transcript === undefined) === (wish.transcription === undefined))
    throw new ParleyError('invalid_request', 'unable to apply; there must be one transcript', {
      details: ['transcript: either transcript or transcription'],
    });
  return wish;
}
