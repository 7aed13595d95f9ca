// Vector stores as resources: made of uploaded files, followed while they are indexed, searched, deleted.
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError, validate } from '#contracts';
import { VectorStores, type StoreRecord, type StoreSearch } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import { findStore } from './find-store.js';
import { followStore } from './follow-store.js';
import { StoreSearchDto, VectorStoreDto } from './vector-store.dto.js';
import {
  StoreHitsView,
  StoreRemovalView,
  toStoreView,
  VectorStorePageView,
  VectorStoreView,
} from './vector-store.views.js';

/** Indexing may take so long; then it goes on without the asker. */
const LONGEST_WAIT_S = 120;

@ApiTags('vector stores')
@Controller('vector-stores')
export class VectorStoresController {
  constructor(
    private readonly stores: VectorStores,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Make a vector store of uploaded files',
    description:
      'Answered when the store is there; its files are indexed in the background, or waited for with `wait`.',
  })
  @ApiQuery({
    name: 'wait',
    required: false,
    schema: { type: 'integer', minimum: 0, maximum: LONGEST_WAIT_S },
  })
  @ApiBody({ type: VectorStoreDto })
  @ApiCreatedResponse({ type: VectorStoreView })
  @ApiProblems(400, 401, 403, 413, 415, 429, 502, 503)
  async post(
    @Body() body: unknown,
    @Query('wait') wait: unknown,
    @Req() request: FastifyRequest,
  ): Promise<VectorStoreView> {
    const seconds = readWait(wait);
    const {
      file_ids: files,
      expires_after_days,
      attributes,
      profile,
      ...rest
    } = validate(VectorStoreDto, body, 'refuse');
    const { tenant } = principalOf(request);
    const record = await this.stores.create({
      ...rest,
      tenant,
      files,
      ...(expires_after_days !== undefined && { ttl_days: expires_after_days }),
      ...(attributes && { attributes }),
      ...(profile !== undefined && { profile }),
    });
    return toStoreView(await this.stores.settled(record, seconds * 1_000));
  }

  @Get()
  @Needs('documents:read')
  @ApiOperation({ summary: 'List vector stores, newest first' })
  @ApiPageQuery()
  @ApiOkResponse({ type: VectorStorePageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<VectorStorePageView> {
    const { limit, after } = pageQuery(query);
    return toPage(await this.stores.list(principalOf(request).tenant, limit, after), toStoreView);
  }

  @Get(':store_id')
  @Needs('documents:read')
  @ApiParam({ name: 'store_id' })
  @ApiOperation({ summary: 'A vector store, and how far its files are' })
  @ApiOkResponse({ type: VectorStoreView })
  @ApiProblems(400, 401, 403, 404, 503)
  async get(@Param('store_id') id: string, @Req() request: FastifyRequest): Promise<VectorStoreView> {
    return toStoreView(await this.find(id, request));
  }

  @Get(':store_id/events')
  @Needs('documents:read')
  @ApiParam({ name: 'store_id' })
  @ApiOperation({
    summary: 'How far its files are, as it goes',
    description: 'Server-sent events `store`; ends when it is ready.',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(400, 401, 403, 404, 503)
  async events(
    @Param('store_id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const record = await this.find(id, request);
    await followStore(reply, record, () => this.stores.get(record.tenant, record.id));
  }

  @Post(':store_id/search')
  @HttpCode(200)
  @Needs('documents:read')
  @ApiParam({ name: 'store_id' })
  @ApiOperation({ summary: 'Search a vector store by meaning' })
  @ApiBody({ type: StoreSearchDto })
  @ApiOkResponse({ type: StoreHitsView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 429, 502, 503)
  async search(
    @Param('store_id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<StoreHitsView> {
    const { query, limit, filters } = validate(StoreSearchDto, body, 'refuse');
    const record = await this.find(id, request);
    // What they may be is for the provider to say.
    const search = {
      query,
      limit,
      ...(filters && { filters: filters as unknown as StoreSearch['filters'] & {} }),
    };
    const hits = await this.stores.search(record, search);
    return {
      items: hits.map(({ id: file_id, ...hit }) => ({ ...(file_id !== undefined && { file_id }), ...hit })),
    };
  }

  @Delete(':store_id')
  @Needs('documents:write')
  @ApiParam({ name: 'store_id' })
  @ApiOperation({
    summary: 'Delete a vector store',
    description:
      'Its files go with it, but for those that another store uses, unless it was made with `delete_files: false`.',
  })
  @ApiOkResponse({ type: StoreRemovalView })
  @ApiProblems(400, 401, 403, 404, 503)
  async delete(@Param('store_id') id: string, @Req() request: FastifyRequest): Promise<StoreRemovalView> {
    return this.access.onRecordWhereFound(request, 'store.delete', `store:${id.slice(0, 64)}`, async () => {
      const record = await this.find(id, request);
      return { id: record.id, complete: await this.stores.delete(record) };
    });
  }

  private find(id: string, request: FastifyRequest): Promise<StoreRecord> {
    return findStore(this.stores, id, request);
  }
}

function readWait(wait: unknown): number {
  if (wait === undefined) return 0;
  const seconds = typeof wait === 'string' && /^\d{1,3}$/.test(wait) ? Number(wait) : NaN;
  if (!(seconds <= LONGEST_WAIT_S))
    throw new ParleyError('invalid_request', 'unable to wait; not so long', {
      details: [`wait must be from 0 to ${LONGEST_WAIT_S} seconds`],
    });
  return seconds;
}
