// Bodies of the assistant manager's routes; members that they do not know are ignored, as old clients send some.
import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsNumber, IsObject, IsOptional, Max, Min } from 'class-validator';
import { ConfigBody } from '../assistants/assistant.dto.js';

const MOST_MS = 10 * 365 * 86_400_000;

export class RefreshDto {
  @ApiPropertyOptional({ type: ConfigBody, description: 'Fields that differ from the current assistant.' })
  @IsOptional()
  @IsObject()
  config?: object;
}

export class UpdateDto {
  @ApiProperty({ type: ConfigBody })
  @IsObject()
  updates!: object;
}

export class CleanupDto {
  @ApiPropertyOptional({ default: 5 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  keepCount: number = 5;

  @ApiPropertyOptional({ description: 'List what would be deleted, delete nothing.' })
  @IsBoolean()
  dryRun: boolean = false;
}

export class RefreshIntervalDto {
  @ApiProperty({ description: '0 = always due.' })
  @IsNumber()
  @Min(0)
  @Max(MOST_MS)
  intervalMs!: number;
}
