import { IsBoolean, IsIn, IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { Env } from '../env.js';

export class VconConfig {
  @Env(
    'CONSERVER_REDIS_URL',
    'Redis of a conserver, whose keys `vcon:{uuid}` are read when a vCon is saved by its uuid alone. Default: `REDIS_URL`.',
  )
  @ValidateIf((config: VconConfig) => config.conserverRedisUrl !== '')
  @Matches(/^rediss?:\/\//, { message: 'must be a redis:// or rediss:// URL' })
  conserverRedisUrl: string = '';

  @Env('VCON_MAX_BYTES', 'Largest vCon that is taken, in bytes, unpacked.')
  @IsInt()
  @Min(1_024)
  @Max(52_428_800)
  maxBytes: number = 33_554_432;

  @Env('VCON_FILE_PREFIX', "Beginning of the names of vCons' files at the provider.")
  @IsString()
  @Matches(/^[\w.@+ -]{0,100}$/, { message: 'must be up to 100 letters, digits, spaces and . _ - + @' })
  filePrefix: string = '';

  @Env('VCON_STRICT', 'Refuse vCons that depart from the draft instead of noting it.')
  @IsBoolean()
  strict: boolean = false;

  @Env(
    'VCON_KEYS',
    'Private keys that open encrypted vCons: a JWK or a JWK Set, as JSON. What is opened is checked, found for erasures, and never sent anywhere.',
    { secret: true },
  )
  @IsString()
  keys: string = '';

  @Env('VCON_CLEANUP_LOCAL_FILES', 'Remove the temporary file of an upload afterwards.')
  @IsBoolean()
  cleanupLocalFiles: boolean = true;

  @Env('VCON_INDEX_SECONDS', 'How long a vector store may take to index a vCon before that counts as failed.')
  @IsInt()
  @Min(1)
  @Max(86_400)
  indexSeconds: number = 600;

  @Env(
    'VCON_SWEEP',
    'What the daily look for orphans does: `report` names them in the log, `apply` removes them, `off`.',
  )
  @IsIn(['off', 'report', 'apply'])
  sweep: 'off' | 'report' | 'apply' = 'report';
}
