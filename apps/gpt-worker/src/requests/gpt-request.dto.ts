// The `value` of a request's envelope. Members that are not declared here are ignored.
import {
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { LIMITS, MaxBytes, WellFormed } from '#contracts';

const absent = (value: unknown): boolean => value === undefined || value === null;

export class GptRequestDto {
  /** The prompt. */
  @ValidateIf((request: GptRequestDto) => absent(request.question) || !absent(request.message))
  @IsString()
  @Matches(/\S/, { message: 'message must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  message?: string;

  /** The prompt under its other name; `message` wins. */
  @ValidateIf((request: GptRequestDto) => absent(request.message) && !absent(request.question))
  @IsString()
  @Matches(/\S/, { message: 'question must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  question?: string;

  /** The channel whose history goes along; without it the request stands alone. */
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.channel_chars)
  @WellFormed()
  conversation_id?: string;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tokens?: number;
}
