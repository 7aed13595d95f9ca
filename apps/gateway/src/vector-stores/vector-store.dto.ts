// What may be asked of vector stores.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ParleyError, WellFormed } from '#contracts';
import type { Attributes } from '#knowledge';

const MOST_FILES = 2_000;
const ATTRIBUTES = { most: 16, key: 64, text: 512 } as const;

export class VectorStoreDto {
  @ApiProperty({ example: 'drawings of June' })
  @IsString()
  @Length(1, 256)
  @WellFormed()
  name!: string;

  @ApiPropertyOptional({
    type: [String],
    description: `Ids of uploaded files, at most ${MOST_FILES}.`,
    example: ['file_0f3b…'],
  })
  @IsArray()
  @ArrayMaxSize(MOST_FILES)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  file_ids: string[] = [];

  @ApiPropertyOptional({
    description: 'Days without use after which it goes; default VECTOR_STORE_TTL_DAYS.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(365)
  expires_after_days?: number;

  @ApiPropertyOptional({
    default: true,
    description:
      'Whether the files go with it, but for those that another store uses; also when it cannot be made.',
  })
  @IsBoolean()
  delete_files: boolean = true;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of all its files, to filter searches by: at most 16; texts up to 512 characters, numbers, booleans.',
  })
  @IsOptional()
  @IsObject()
  attributes?: Attributes;

  @ApiPropertyOptional({ description: 'The account at the provider.', default: 'default' })
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,63}$/)
  profile?: string;
}

export class StoreSearchDto {
  @ApiProperty()
  @IsString()
  @Length(1, 4_096)
  @WellFormed()
  query!: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 50, default: 10 })
  @IsInt()
  @Min(1)
  @Max(50)
  limit: number = 10;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: "By attributes, in the provider's words.",
    example: { type: 'eq', key: 'project', value: 'bridge' },
  })
  @IsOptional()
  @IsObject()
  filters?: Record<string, unknown>;
}

/** @throws ParleyError `invalid_request` */
export function checkAttributes(attributes: Attributes | undefined): void {
  if (attributes === undefined) return;
  const entries = Object.entries(attributes);
  const fits = ([key, value]: [string, unknown]): boolean =>
    key.length <= ATTRIBUTES.key &&
    (typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= ATTRIBUTES.text));
  if (entries.length > ATTRIBUTES.most || !entries.every(fits))
    throw new ParleyError('invalid_request', 'unable to make vector store; its attributes are none', {
      details: ['attributes must be at most 16 texts (up to 512 characters), numbers or booleans'],
    });
}
