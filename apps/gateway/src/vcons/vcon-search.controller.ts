// Search over saved vCons.
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validate } from '#contracts';
import { VconStorage } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { accountOptions, VconSearchDto } from './vcon.dto.js';
import { VconMatchesView } from './vcon.views.js';

@ApiTags('vcons')
@Controller('vcons/search')
export class VconSearchController {
  constructor(private readonly storage: VconStorage) {}

  @Post()
  @HttpCode(200)
  @Needs('vcons:read')
  @ApiOperation({
    summary: 'Which vCons answer a question, and where in them',
    description: 'Best first; each with what was said, the dialog that it comes from, and further places.',
  })
  @ApiBody({ type: VconSearchDto })
  @ApiOkResponse({ type: VconMatchesView })
  @ApiProblems(400, 401, 403, 413, 415, 429, 502, 503)
  async search(@Req() request: FastifyRequest): Promise<VconMatchesView> {
    const { query, limit, after, vector_store_id, filters, profile } = validate(
      VconSearchDto,
      request.body,
      'refuse',
    );
    return this.storage.search(principalOf(request).tenant, {
      ...accountOptions(request),
      query,
      limit,
      ...(after !== undefined && { after }),
      ...(vector_store_id !== undefined && { vector_store_id }),
      ...(filters !== undefined && { filters }),
      ...(profile !== undefined && { profile }),
    });
  }
}
