// The body of POST /channels/{channel}/messages.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNotEmpty, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { LIMITS, MaxBytes, WellFormed } from '#contracts';

export class SubmissionDto {
  @ApiProperty({
    description: `The user's text, at most ${LIMITS.message_bytes} UTF-8 bytes.`,
    example: 'Hello',
  })
  @IsString()
  @Matches(/\S/, { message: 'message must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  message!: string;

  @ApiPropertyOptional({
    description: 'Identifies the message in its channel: sent twice, it runs once. Made when absent.',
    maxLength: LIMITS.message_id_chars,
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LIMITS.message_id_chars)
  @WellFormed()
  message_id?: string;

  @ApiPropertyOptional({
    description: 'Orders waiting channels, never the messages of one channel.',
    minimum: 0,
    maximum: 10,
    default: 0,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10)
  priority?: number;
}
