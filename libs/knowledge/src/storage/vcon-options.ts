// What may be asked of a save, a look-up and a removal. Precedence everywhere: the call's own option, then the named profile, then the
// environment, then the default.
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { digest, ParleyError, validate, WellFormed } from '#contracts';

export const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** By which account; a key that is given here is used for this call and never kept. */
export class AccountOptions {
  /** A profile of the configuration. */
  @IsOptional()
  @IsString()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,62}$/i, { message: 'profile must be a name of letters, digits, - and _' })
  profile?: string;

  @IsOptional()
  @IsString()
  @MaxLength(512)
  @WellFormed()
  api_key?: string;

  @IsOptional()
  @IsString()
  @Matches(/^[\w-]{1,100}$/, { message: 'organization_key must be an id' })
  organization_key?: string;

  @IsOptional()
  @IsString()
  @Matches(/^[\w-]{1,100}$/, { message: 'project_key must be an id' })
  project_key?: string;
}

export class SaveOptions extends AccountOptions {
  /** Where it is made searchable; '' = nowhere, whatever the profile says. */
  @IsOptional()
  @IsString()
  @Matches(/^[\w.-]{0,100}$/, { message: 'vector_store_id must be an id' })
  vector_store_id?: string;

  /** Beginning of the file's name, `{prefix}{uuid}.vcon.json`. */
  @IsOptional()
  @IsString()
  @Matches(/^[\w.@+ -]{0,100}$/, {
    message: 'file_prefix must be up to 100 letters, digits, spaces and . _ - + @',
  })
  file_prefix?: string;

  @IsOptional()
  @IsIn(PURPOSES)
  purpose?: Purpose;

  /** Seconds after which the provider removes its file by itself. */
  @IsOptional()
  @IsInt()
  @Min(3_600)
  @Max(2_592_000)
  expires_after_seconds?: number;

  /** By which a search can be narrowed, beside what is taken from the vCon. */
  @IsOptional()
  attributes?: Record<string, string | number | boolean>;

  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(4_096)
  max_chunk_size_tokens?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_048)
  chunk_overlap_tokens?: number;

  /** Every departure from the draft is an error. */
  @IsOptional()
  @IsBoolean()
  strict?: boolean;

  /** Check and say what would be done. */
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;

  /** Remove the temporary file afterwards; default true. */
  @IsOptional()
  @IsBoolean()
  cleanup_local_files?: boolean;

  /** A channel that the vCon is of: leaves when the channel is erased. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  @WellFormed()
  channel?: string;
}

const LARGEST_VALUE = 512;
const LARGEST_NAME = 64;
/** Sixteen at the provider; five are ours. */
export const OWN_ATTRIBUTES = 11;

/** @throws ParleyError `invalid_request` */
export function readSaveOptions(options: object): SaveOptions {
  const read = validate(SaveOptions, { ...options }, 'refuse');
  const faults = attributeFaults(read.attributes);
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = read;
  if (overlap !== undefined && size === undefined)
    faults.push('chunk_overlap_tokens needs max_chunk_size_tokens');
  if (size !== undefined && (overlap ?? 0) > size / 2)
    faults.push('chunk_overlap_tokens must be at most half of max_chunk_size_tokens');
  if (faults.length > 0)
    throw new ParleyError('invalid_request', `unable to read options; ${faults.join(', ')}`, {
      details: faults,
    });
  return read;
}

function attributeFaults(attributes: unknown): string[] {
  if (attributes === undefined) return [];
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes))
    return ['attributes must be an object'];
  const entries = Object.entries(attributes);
  if (entries.length > OWN_ATTRIBUTES) return [`attributes must have at most ${OWN_ATTRIBUTES} members`];
  const wrong = entries.some(
    ([name, value]) =>
      !/^[\w.-]+$/.test(name) ||
      name.length > LARGEST_NAME ||
      !(
        (typeof value === 'string' && value.length <= LARGEST_VALUE) ||
        typeof value === 'boolean' ||
        Number.isFinite(value)
      ),
  );
  return wrong
    ? [`attributes must be numbers, booleans or texts of at most ${LARGEST_VALUE} characters`]
    : [];
}

/** What of the options makes another file of the same content. */
export const madeWith = (name: string, store: string | undefined, options: SaveOptions): string => {
  const { purpose, expires_after_seconds, attributes, max_chunk_size_tokens, chunk_overlap_tokens } = options;
  const sorted = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest(
    JSON.stringify([
      name,
      store ?? '',
      purpose ?? '',
      expires_after_seconds ?? 0,
      sorted,
      max_chunk_size_tokens ?? 0,
      chunk_overlap_tokens ?? 0,
    ]),
  );
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @returns in lower case @throws ParleyError `invalid_request` */
export function readUuid(text: string): string {
  const uuid = text.toLowerCase();
  if (UUID.test(uuid)) return uuid;
  throw new ParleyError('invalid_request', 'unable to read uuid; it is none', {
    details: ['uuid must be a UUID'],
  });
}
