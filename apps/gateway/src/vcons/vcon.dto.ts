// How a request says what it wants of a vCon: options in the query (all are texts there) or in a body, and accounts' keys in headers, because a
// query ends in logs.
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiProperty, ApiPropertyOptional, ApiQuery } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsNotEmpty, IsIn, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { isPlainObject, ParleyError, validate, WellFormed } from '#contracts';
import { PURPOSES, VCON_STATES, type AccountOptions, type SaveOptions, type VconState } from '#knowledge';
import { PageQuery } from '../page-query.js';

const HEADERS = {
  api_key: 'x-openai-api-key',
  organization_key: 'openai-organization',
  project_key: 'openai-project',
} as const;
const NUMBERS = new Set(['expires_after_seconds', 'max_chunk_size_tokens', 'chunk_overlap_tokens']);
const BOOLEANS = new Set(['strict', 'dry_run', 'cleanup_local_files']);

/** Of a look-up or a removal. @throws ParleyError `invalid_request` */
export function accountOptions(request: FastifyRequest): AccountOptions {
  const { profile } = request.query as Record<string, unknown>;
  if (profile !== undefined && typeof profile !== 'string') throw wrong('profile must be given once');
  return { ...keysOf(request), ...(profile !== undefined && { profile }) };
}

/** Options of a save as the query has them; what they may be is checked by the storage. @throws ParleyError `invalid_request` */
export function saveOptions(request: FastifyRequest): SaveOptions {
  const read: Record<string, unknown> = { ...keysOf(request) };
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    if (name in HEADERS) throw wrong(`${name} is given as a header, not in the query`);
    if (typeof value !== 'string') throw wrong('each option must be given once');
    read[name] = fromText(name, value);
  }
  return read as SaveOptions;
}

/** The same from a JSON body. @throws ParleyError `invalid_request` */
export function bodyOptions(request: FastifyRequest): SaveOptions {
  const { body } = request;
  if (body !== undefined && !isPlainObject(body)) throw wrong('the body must be an object');
  return { ...keysOf(request), ...body };
}

function fromText(name: string, value: string): unknown {
  if (NUMBERS.has(name)) return /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (BOOLEANS.has(name)) return value === 'true' ? true : value === 'false' ? false : value;
  if (name !== 'attributes') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw wrong('attributes must be a JSON object');
  }
}

function keysOf({ headers }: FastifyRequest): AccountOptions {
  const given = Object.entries(HEADERS).flatMap(([name, header]) =>
    typeof headers[header] === 'string' ? [[name, headers[header]]] : [],
  );
  return Object.fromEntries(given) as AccountOptions;
}

const wrong = (detail: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read request; ${detail}`, { details: [detail] });

export class VconListQuery extends PageQuery {
  @IsOptional()
  @IsString()
  @MaxLength(100)
  profile?: string;

  @IsOptional()
  @IsIn(VCON_STATES)
  state?: VconState;
}

export class VconSearchDto {
  @ApiProperty({ example: 'How long is the warranty on the kettle?', maxLength: 4_096 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_096)
  @WellFormed()
  query!: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 50, default: 10, description: 'vCons in a page.' })
  @IsInt()
  @Min(1)
  @Max(50)
  limit: number = 10;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  after?: string;

  @ApiPropertyOptional({ description: "Default: the profile's." })
  @IsOptional()
  @IsString()
  @Matches(/^[\w.-]{1,100}$/, { message: 'vector_store_id must be an id' })
  vector_store_id?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'By attributes: `{type, key, value}` (eq, ne, gt, gte, lt, lte, in, nin), or `{type: and|or, filters}`. `uuid`, `created_at` (unix seconds), `subject`, `tags` and `tag_…` come from the vCon, others from `attributes` of its save.',
  })
  @IsOptional()
  filters?: object;

  @ApiPropertyOptional({ description: 'Profile of the account.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  profile?: string;
}

export class SweepDto {
  @ApiPropertyOptional({ default: false, description: 'Remove what is found, instead of only telling.' })
  @Transform(({ value }) => value ?? false)
  @IsIn([true, false])
  apply: boolean = false;
}

/** @throws ParleyError `invalid_request` */
export const sweepOf = ({ body }: FastifyRequest): SweepDto => validate(SweepDto, body ?? {}, 'refuse');

export const ApiAccount = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({ name: 'profile', required: false, description: 'Named account of the configuration.' }),
    ...Object.values(HEADERS).map((name) =>
      ApiHeader({
        name,
        required: false,
        description: 'For this call, instead of the account’s own; never kept.',
      }),
    ),
  );

export const ApiSaveOptions = (): MethodDecorator =>
  applyDecorators(
    ApiAccount(),
    ApiQuery({
      name: 'vector_store_id',
      required: false,
      description: 'Where it is made searchable; empty = nowhere.',
    }),
    ApiQuery({ name: 'file_prefix', required: false, description: 'Of the file’s name.' }),
    ApiQuery({ name: 'purpose', required: false, enum: PURPOSES }),
    ApiQuery({
      name: 'expires_after_seconds',
      required: false,
      schema: { type: 'integer', minimum: 3_600, maximum: 2_592_000 },
    }),
    ApiQuery({
      name: 'attributes',
      required: false,
      description: 'A JSON object of texts, numbers and booleans, at most 11.',
    }),
    ApiQuery({
      name: 'max_chunk_size_tokens',
      required: false,
      schema: { type: 'integer', minimum: 100, maximum: 4_096 },
    }),
    ApiQuery({
      name: 'chunk_overlap_tokens',
      required: false,
      schema: { type: 'integer', minimum: 0, maximum: 2_048 },
    }),
    ApiQuery({ name: 'strict', required: false, schema: { type: 'boolean' } }),
    ApiQuery({ name: 'dry_run', required: false, schema: { type: 'boolean' } }),
    ApiQuery({ name: 'cleanup_local_files', required: false, schema: { type: 'boolean' } }),
    ApiQuery({ name: 'channel', required: false, description: 'That it is of: it leaves with the channel.' }),
  );
