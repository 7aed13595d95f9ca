// The files of a vector store, one by one: how far the index is with each, its attributes, and out of the store.
import { Body, Controller, Delete, Get, Param, Patch, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ParleyError, validate } from '#contracts';
import { INDEX_STATES, StoredFiles, VectorStores, type StoredFile, type StoreRecord } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import { findStore } from './find-store.js';
import { FileAttributesDto, StoredFileQuery } from './vector-store.dto.js';
import {
  StoredFilePageView,
  StoredFileRemovalView,
  StoredFileView,
  toStoredFileView,
} from './vector-store.views.js';

@ApiTags('vector stores')
@ApiParam({ name: 'store_id' })
@Controller('vector-stores/:store_id/files')
export class StoredFilesController {
  constructor(
    private readonly stores: VectorStores,
    private readonly files: StoredFiles,
    private readonly access: RequestAccess,
  ) {}

  @Get()
  @Needs('documents:read')
  @ApiOperation({ summary: 'List the files of a vector store, as they were put in' })
  @ApiPageQuery()
  @ApiQuery({ name: 'status', required: false, enum: INDEX_STATES })
  @ApiOkResponse({ type: StoredFilePageView })
  @ApiProblems(400, 401, 403, 404, 429, 502, 503)
  async list(
    @Param('store_id') store: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<StoredFilePageView> {
    const { limit, after } = pageQuery(query);
    const { status } = validate(StoredFileQuery, query);
    const record = await this.find(store, request);
    const page = await this.files.list(record, {
      limit,
      ...(status && { status }),
      ...(after !== undefined && { after }),
    });
    return toPage(page, toStoredFileView);
  }

  @Get(':file_id')
  @Needs('documents:read')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({ summary: 'A file of a vector store, and how far the index is with it' })
  @ApiOkResponse({ type: StoredFileView })
  @ApiProblems(400, 401, 403, 404, 429, 502, 503)
  async get(
    @Param('store_id') store: string,
    @Param('file_id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<StoredFileView> {
    return toStoredFileView(found(await this.files.get(await this.find(store, request), id)));
  }

  @Patch(':file_id')
  @Needs('documents:write')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({
    summary: 'Change the attributes of a file in a vector store',
    description: 'They take the place of those that it has there. 503 while it waits to be put in.',
  })
  @ApiBody({ type: FileAttributesDto })
  @ApiOkResponse({ type: StoredFileView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 429, 502, 503)
  async patch(
    @Param('store_id') store: string,
    @Param('file_id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<StoredFileView> {
    const { attributes } = validate(FileAttributesDto, body, 'refuse');
    const record = await this.find(store, request);
    return toStoredFileView(found(await this.files.setAttributes(record, id, attributes)));
  }

  @Delete(':file_id')
  @Needs('documents:write')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({
    summary: 'Take a file out of a vector store',
    description:
      'The upload stays, unless `delete_file` is true and no other store uses it. 503 while the store is filled; where the answer was lost, the same again goes on.',
  })
  @ApiQuery({ name: 'delete_file', required: false, schema: { type: 'boolean', default: false } })
  @ApiOkResponse({ type: StoredFileRemovalView })
  @ApiProblems(400, 401, 403, 404, 409, 429, 502, 503)
  async remove(
    @Param('store_id') store: string,
    @Param('file_id') id: string,
    @Query('delete_file') upload: unknown,
    @Req() request: FastifyRequest,
  ): Promise<StoredFileRemovalView> {
    const too = readFlag(upload);
    const object = `store:${store.slice(0, 64)}/${id.slice(0, 64)}`;
    return this.access.onRecordWhereFound(request, 'store.file.delete', object, async () => {
      const record = await this.find(store, request);
      return { id, file: found(await this.files.remove(record, id, too)) };
    });
  }

  private find(store: string, request: FastifyRequest): Promise<StoreRecord> {
    return findStore(this.stores, store, request);
  }
}

function found<T extends StoredFile | string>(file: T | undefined): T {
  if (file === undefined) throw new ParleyError('not_found', 'unable to find file of the vector store');
  return file;
}

function readFlag(flag: unknown): boolean {
  if (flag === undefined || flag === 'false') return false;
  if (flag === 'true') return true;
  throw new ParleyError('invalid_request', 'unable to take file out of the store; unknown wish', {
    details: ['delete_file must be true or false'],
  });
}
