import { IsInt, IsString, Max, Min, MinLength } from 'class-validator';
import { Env } from '../env.js';

export class DocumentsConfig {
  @Env('OPENAI_MODEL_TRANSCRIBE', 'Model of transcriptions that name none.')
  @IsString()
  @MinLength(1)
  transcriptionModel: string = 'gpt-transcribe';

  @Env(
    'OPENAI_MODEL_PLAN',
    'Model of plans that name none; retired names are mapped to a current one with a warning.',
  )
  @IsString()
  @MinLength(1)
  planModel: string = 'o4-mini';

  @Env(
    'PLAN_OUTPUT_TOKENS',
    'Output tokens that a plan may take, reasoning included; twice as many after one was cut off.',
  )
  @IsInt()
  @Min(16)
  @Max(1_000_000)
  planOutputTokens: number = 32_000;

  @Env('PLAN_CACHE_SECONDS', 'How long the answer to an equal question is taken again; 0 = never.')
  @IsInt()
  @Min(0)
  @Max(31_536_000)
  planCacheSeconds: number = 86_400;

  @Env('FFMPEG', 'Program that cuts recordings which are too long for one request; empty = they are refused.')
  @IsString()
  ffmpeg: string = 'ffmpeg';

  @Env('RECORDING_MAX_BYTES', 'Largest recording that is taken where ffmpeg is there; else 25 MiB.')
  @IsInt()
  @Min(1)
  @Max(4 * 1024 * 1024 * 1024)
  maxRecordingBytes: number = 512 * 1024 * 1024;

  @Env('RECORDING_MAX_SECONDS', 'Longest recording that is cut.')
  @IsInt()
  @Min(60)
  @Max(86_400)
  maxRecordingSeconds: number = 21_600;

  @Env('DOCUMENT_RETENTION_DAYS', 'How long the results of finished documents are kept.')
  @IsInt()
  @Min(1)
  @Max(3_650)
  keptDays: number = 30;
}
