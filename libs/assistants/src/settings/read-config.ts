// The one check of an assistant's configuration, as every door takes it: REST bodies and files of the command line.
// Bounds are those of OpenAI's assistant object.
import { IsNumber, IsOptional, IsString, Length, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { DEFAULT_TENANT, ParleyError, validate, WellFormed } from '#contracts';
import type { AssistantConfig, AssistantTool, ResponseFormat, ToolResources } from './assistant-settings.js';
import { Shape } from './shape.js';
import { isMetadata, isResponseFormat, isToolResources, isTools } from './settings-shapes.js';

export class AssistantConfigDto {
  @IsOptional()
  @IsString()
  @MaxLength(256)
  @WellFormed()
  name?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(512)
  @WellFormed()
  description?: string | null;

  @ValidateIf((_, value) => value !== undefined)
  @IsString()
  @Length(1, 256)
  @WellFormed()
  model?: string;

  @IsOptional()
  @IsString()
  @MaxLength(256_000)
  @WellFormed()
  instructions?: string | null;

  @Shape('tools must be at most 128 of function (with its name), code_interpreter and file_search', isTools)
  tools?: AssistantTool[];

  @Shape(
    'tool_resources must hold code_interpreter.file_ids or file_search.vector_store_ids',
    isToolResources,
  )
  tool_resources?: ToolResources;

  @Shape('metadata must be at most 16 pairs of texts; keys up to 64, values up to 512 characters', isMetadata)
  metadata?: Record<string, string>;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number | null;

  @Shape('response_format must be auto, text, json_object or a json_schema with its name', isResponseFormat)
  response_format?: ResponseFormat;
}

/**
 * @param tenant who configures; absent = an operator
 * @throws ParleyError `invalid_request`, naming every unknown or invalid field
 */
export function readConfig(value: unknown, tenant?: string): AssistantConfig {
  const dto = validate(AssistantConfigDto, value, 'refuse');
  if (tenant !== undefined && tenant !== DEFAULT_TENANT) refuseForeignIds(dto.tool_resources ?? {});
  return Object.fromEntries(Object.entries(dto).filter(([, field]) => field !== undefined));
}

/** All tenants share the provider's account, and there an id alone opens a file of whoever's it is. */
function refuseForeignIds({ code_interpreter, file_search }: ToolResources): void {
  if (!code_interpreter?.file_ids?.length && !file_search?.vector_store_ids?.length) return;
  const details = ['tool_resources may name files and vector stores in the tenant default only'];
  throw new ParleyError('invalid_request', 'unable to read configuration; resources of the account', {
    details,
  });
}

const PURPOSE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws ParleyError `invalid_request` */
export function readPurpose(value: unknown): string {
  if (typeof value === 'string' && PURPOSE.test(value)) return value;
  const details = ['purpose must be 1 to 64 letters, digits, dots, underscores and dashes'];
  throw new ParleyError('invalid_request', 'unable to read purpose', { details });
}
