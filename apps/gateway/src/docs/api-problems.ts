// Documents the problem+json answers of a route.
import { applyDecorators } from '@nestjs/common';
import {
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
  ApiExtraModels,
} from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '#contracts';

export class ProblemView {
  @ApiProperty({ example: 'urn:parley:error:invalid_request' })
  type!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty()
  status!: number;
  @ApiProperty({ enum: Object.keys(ERRORS) })
  code!: ErrorCode;
  @ApiProperty()
  detail!: string;
  @ApiProperty({ description: 'Quote it to an operator.' })
  trace_id!: string;
  @ApiPropertyOptional({ type: [String], description: 'Faults of the input: property and rule.' })
  errors?: string[];
}

/** The statuses that a route can fail with; each is `application/problem+json`. */
export function ApiProblems(...statuses: number[]): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemView),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: codesOf(status),
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemView) } } },
      }),
    ),
  );
}

const codesOf = (status: number): string =>
  Object.entries(ERRORS)
    .filter(([, { http }]) => http === status)
    .map(([code]) => code)
    .join(', ');
