import { IsBoolean, IsIn, IsInt, IsString, Matches, Max, Min, MinLength, ValidateIf } from 'class-validator';
import { Env } from '../env.js';

const onS3 = (config: KnowledgeConfig): boolean => config.storage === 's3';

export class KnowledgeConfig {
  @Env(
    'STORAGE',
    'Where original files are kept: `local`, a directory of this machine, or `s3`, an S3-compatible service.',
  )
  @IsIn(['local', 's3'])
  storage: 'local' | 's3' = 'local';

  @Env(
    'STORAGE_DIR',
    'The directory; with `s3` only for files on their way. Replicas that serve files need the same one, or `s3`.',
  )
  @IsString()
  @MinLength(1)
  directory: string = 'data/storage';

  @Env('S3_BUCKET', 'An existing bucket.')
  @ValidateIf(onS3)
  @MinLength(3, { message: 'is required with STORAGE=s3' })
  bucket: string = '';

  @Env('S3_PREFIX', 'What every name in the bucket begins with, such as `parley/`.')
  @IsString()
  @Matches(/^([\w.-]+\/)*$/, { message: 'must be empty or end with /' })
  s3Prefix: string = '';

  @Env('S3_ENDPOINT', 'Where the service is, when it is not AWS.')
  @ValidateIf((config: KnowledgeConfig) => onS3(config) && config.endpoint !== '')
  @Matches(/^https?:\/\//, { message: 'must be an http(s) URL' })
  endpoint: string = '';

  @Env('S3_REGION', 'Its region.')
  @IsString()
  region: string = 'us-east-1';

  @Env(
    'S3_ACCESS_KEY_ID',
    'Its account; without one the usual places of AWS are looked at (environment, role).',
  )
  @IsString()
  accessKeyId: string = '';

  @Env('S3_SECRET_ACCESS_KEY', 'The key of that account.', { secret: true })
  @IsString()
  secretAccessKey: string = '';

  @Env('S3_FORCE_PATH_STYLE', '`true` for services that have no host name for each bucket.')
  @IsBoolean()
  pathStyle: boolean = false;

  @Env(
    'VECTOR_STORE_TTL_DAYS',
    'Days without use after which a vector store that was made here goes, with the files that only it used.',
  )
  @IsInt()
  @Min(1)
  @Max(365)
  storeTtlDays: number = 7;

  @Env('MAX_FILE_BYTES', 'The largest file that is taken; the provider takes 512 MiB.')
  @IsInt()
  @Min(1)
  @Max(512 * 1024 * 1024)
  maxFileBytes: number = 512 * 1024 * 1024;

  @Env('UPLOAD_MAX_BYTES', 'The largest file that is taken at `/files`; never more than MAX_FILE_BYTES.')
  @IsInt()
  @Min(1)
  @Max(512 * 1024 * 1024)
  uploadMaxBytes: number = 50 * 1024 * 1024;

  @Env('UPLOAD_MAX_FILES', 'Most files of one request to `/files`.')
  @IsInt()
  @Min(1)
  @Max(100)
  uploadMaxFiles: number = 20;

  @Env(
    'UPLOADS_AT_ONCE',
    'Most requests to `/files` that a gateway takes in at the same time; more are told to come again.',
  )
  @IsInt()
  @Min(1)
  @Max(1_000)
  uploadsAtOnce: number = 32;
}
