// What may be asked of vector stores.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
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
import { WellFormed } from '#contracts';
import { INDEX_STATES, type Attributes, type IndexedState } from '#knowledge';

const MOST_FILES = 2_000;

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

export class FileAttributesDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Instead of those that it has: at most 16; texts up to 512 characters, numbers, booleans.',
    example: { project: 'bridge' },
  })
  @IsObject()
  attributes!: Attributes;
}

export class StoredFileQuery {
  @IsOptional()
  @IsIn(INDEX_STATES)
  status?: IndexedState;
}
