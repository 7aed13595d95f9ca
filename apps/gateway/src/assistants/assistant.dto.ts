// Bodies and queries of the routes about assistants. The settings themselves are checked by the assistants lib.
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ApiPropertyOptional, ApiProperty, PartialType } from '@nestjs/swagger';
import { PageQuery } from '../page-query.js';
import { SettingsView } from './assistant.views.js';

const PURPOSE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MOST_VERSIONS = 1_000_000_000;

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

export class AssistantQuery extends PageQuery {
  @IsOptional()
  @Matches(PURPOSE)
  purpose?: string;

  override order: 'asc' | 'desc' = 'desc';
}

/** For the document; the fields of the settings are checked by `readConfig`. */
export class ConfigBody extends PartialType(SettingsView) {}

export class NewAssistantBody extends ConfigBody {
  @ApiPropertyOptional({ default: 'default' })
  purpose?: string;
  @ApiPropertyOptional({ description: 'Becomes the current one of its purpose even when there is another.' })
  current?: boolean;
}

export class NewAssistantDto {
  @Matches(PURPOSE)
  purpose: string = 'default';

  @IsBoolean()
  current: boolean = false;
}

export class DiffQuery {
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  from!: number;

  @Transform(toNumber)
  @IsInt()
  @Min(1)
  to!: number;
}

export class RollbackDto {
  @ApiProperty({ description: 'The version whose settings the new version gets.' })
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  version!: number;
}

export class CanaryDto {
  @ApiPropertyOptional({ description: 'The version to try; this or `config`.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  version?: number;

  @ApiPropertyOptional({
    type: ConfigBody,
    description: 'Fields of a new version to try; this or `version`.',
  })
  @IsOptional()
  @IsObject()
  config?: object;

  @ApiProperty({ description: 'Of new runs, 0 to 1.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  share!: number;

  @ApiPropertyOptional({ default: 20 })
  @IsInt()
  @Min(1)
  @Max(1_000)
  min_runs: number = 20;

  @ApiPropertyOptional({ default: 0.2, description: 'A greater share of failed runs ends the trial.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  max_error_share: number = 0.2;

  @ApiPropertyOptional({
    description: 'US dollars by the list prices; a greater mean of completed runs ends the trial.',
  })
  @IsOptional()
  @IsNumber()
  @IsPositive()
  max_cost_usd?: number;

  @ApiPropertyOptional({
    description:
      "Of the live version's mean, once it has `min_runs` completed runs; a greater one ends the trial.",
  })
  @IsOptional()
  @IsNumber()
  @IsPositive()
  max_cost_factor?: number;
}

export class ChannelAssistantDto {
  @ApiPropertyOptional({ description: 'A purpose; this or `assistant_id`.' })
  @IsOptional()
  @Matches(PURPOSE)
  purpose?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  assistant_id?: string;

  @ApiPropertyOptional({ description: 'Of the assistant; without it, whatever version is live.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  version?: number;
}
