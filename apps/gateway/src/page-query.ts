// The query of every paged list, as it is read and as it is documented, and the page that answers it.
import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { validate } from '#contracts';

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;

export class PageQuery {
  /** The `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  after?: string;

  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @IsIn(['asc', 'desc'])
  order: 'asc' | 'desc' = 'asc';
}

/** @throws ParleyError `invalid_request` */
export const pageQuery = (query: unknown): PageQuery => validate(PageQuery, query);

/** A page as it is shown. */
export const toPage = <T, V>(
  { items, next }: { items: readonly T[]; next?: string },
  toView: (item: T) => V,
): { items: V[]; next?: string } => ({
  items: items.map((item) => toView(item)),
  ...(next !== undefined && { next }),
});

export const ApiPageQuery = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({ name: 'after', required: false, description: 'The `next` of the page before.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    }),
    ApiQuery({ name: 'order', required: false, enum: ['asc', 'desc'] }),
  );
