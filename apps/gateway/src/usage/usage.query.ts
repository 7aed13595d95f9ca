// The queries of the usage routes, as they are read and as they are documented.
import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { USAGE_BY, type UsageBy } from '#usage';
import { LIMITS, validate, WellFormed } from '#contracts';

const MOST_ROWS = 1_000;
const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;

class TenantQuery {
  /** Of another tenant, or `*`: for operators. */
  @IsOptional()
  @IsString()
  @Matches(/^(\*|[A-Za-z0-9._-]{1,64})$/, { message: 'tenant must be a name or *' })
  tenant?: string;
}

class RangeQuery extends TenantQuery {
  @IsOptional()
  @IsString()
  @MaxLength(10)
  from?: string;

  @IsOptional()
  @IsString()
  @MaxLength(10)
  to?: string;

  @IsOptional()
  @IsString()
  @MaxLength(1_500)
  cursor?: string;

  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(MOST_ROWS)
  limit: number = 100;
}

export class UsageQuery extends RangeQuery {
  @IsIn(USAGE_BY)
  by: UsageBy = 'day';
}

export class LedgerQuery extends RangeQuery {
  @IsIn(['asc', 'desc'])
  order: 'asc' | 'desc' = 'desc';
}

export class LimitsQuery extends TenantQuery {
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.user_chars)
  @WellFormed()
  user?: string;
}

/** @throws ParleyError `invalid_request` */
export const readQuery = <T extends object>(type: new () => T, query: unknown): T => validate(type, query);

export const ApiTenantQuery = (): MethodDecorator =>
  ApiQuery({
    name: 'tenant',
    required: false,
    description: "Another tenant's, or `*` for all: with `admin` in the token only.",
  });

export const ApiRangeQuery = (): MethodDecorator =>
  applyDecorators(
    ApiTenantQuery(),
    ApiQuery({
      name: 'from',
      required: false,
      description: 'First day or month, UTC: `2026-11-01`, `2026-11`. Default: the first of this month.',
    }),
    ApiQuery({ name: 'to', required: false, description: 'Last day or month. Default: today.' }),
    ApiQuery({ name: 'cursor', required: false, description: 'The `next` of the page before.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: MOST_ROWS, default: 100 },
    }),
  );
