// The `value` of a request's envelope. Members that are not declared here are ignored, and so are those that are null.
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { IMAGE_LIMITS } from '#completions';
import { ChannelName, LIMITS, MaxBytes, WellFormed } from '#contracts';
import { isAnswerFormat, isContext, isDeadline, isPriority } from './request-shapes.js';

const absent = (value: unknown): boolean => value === undefined || value === null;

const Is = (name: string, validate: (value: unknown) => boolean, message: string): PropertyDecorator =>
  ValidateBy({ name, validator: { validate } }, { message });

export class GptRequestDto {
  /** The prompt. */
  @ValidateIf((request: GptRequestDto) => absent(request.question) || !absent(request.message))
  @IsString()
  @Matches(/\S/, { message: 'message must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  message?: string | null;

  /** The prompt under its other name; `message` wins. */
  @ValidateIf((request: GptRequestDto) => absent(request.message) && !absent(request.question))
  @IsString()
  @Matches(/\S/, { message: 'question must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  question?: string | null;

  /** Whose request it is: counted, limited and erased by it, and told again in the answer. */
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.user_chars)
  @WellFormed()
  user_email?: string | null;

  /** What was said before: one text, or a list of texts or of `{role, content}`, oldest first. */
  @IsOptional()
  @Is('context', isContext, 'context must be a text, or a list of texts or of {role, content}')
  context?: unknown;

  /** The channel whose history goes along, and which the answer joins; without it the request stands alone. */
  @IsOptional()
  @ChannelName()
  conversation_id?: string | null;

  @IsOptional()
  @Matches(/^[\w.:/@-]{1,200}$/, { message: 'model must be the name of a model' })
  model?: string | null;

  @IsOptional()
  @IsString()
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  system_prompt?: string | null;

  /** Base64 or `data:` URLs; their bytes are looked at after this. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(IMAGE_LIMITS.count)
  @IsString({ each: true })
  images?: string[] | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tokens?: number | null;

  /** `text` (default), `json_object`, or `{type: 'json_schema', json_schema: {name, schema, strict?}}`. */
  @IsOptional()
  @Is(
    'format',
    isAnswerFormat,
    'response_format must be text, json_object or a json_schema with name and schema',
  )
  response_format?: unknown;

  /** 0–10, or `low`, `normal`, `high`, `urgent`; a record header of the same name wins. */
  @IsOptional()
  @Is('priority', isPriority, 'priority must be 0 to 10, or low, normal, high or urgent')
  priority?: unknown;

  /** ISO 8601, or seconds since 1970. Later nobody needs the answer; a far one may be answered more cheaply. */
  @IsOptional()
  @Is('deadline', isDeadline, 'deadline must be a time in ISO 8601, or in seconds since 1970')
  deadline?: unknown;

  /** False asks for a fresh answer also where an equal request was answered before. */
  @IsOptional()
  @IsBoolean()
  cache?: boolean | null;
}
