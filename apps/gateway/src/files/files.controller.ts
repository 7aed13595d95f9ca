// Files as resources: upload several, list, show, get back as they came, delete here and at the provider.
import {
  Controller,
  Delete,
  Get,
  HttpStatus,
  Param,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  type ApiBodyOptions,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { FILE_KINDS, Files, UPLOAD_PURPOSES, type FileRecord } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import {
  FilePageView,
  FileRemovalView,
  FileView,
  toFileView,
  toUploadFault,
  UploadsView,
} from './file.views.js';
import { TakeUpload } from './take-upload.js';

const FORM: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['file'],
    properties: { file: { type: 'array', items: { type: 'string', format: 'binary' } } },
  },
};

@ApiTags('files')
@Controller('files')
export class FilesController {
  constructor(
    private readonly files: Files,
    private readonly uploads: TakeUpload,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Upload files, kept here and at the provider',
    description:
      'PDF, DOCX and TXT, told by name and content. 201: all are there. 207: some of several were not taken, each with its own error. A single file that is not taken is answered by its error.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiQuery({ name: 'purpose', required: false, enum: UPLOAD_PURPOSES })
  @ApiQuery({ name: 'profile', required: false, description: 'The account at the provider.' })
  @ApiQuery({
    name: 'expires_after_seconds',
    required: false,
    schema: { type: 'integer', minimum: 3_600, maximum: 2_592_000 },
  })
  @ApiBody(FORM)
  @ApiResponse({ status: 201, type: UploadsView })
  @ApiResponse({ status: 207, type: UploadsView })
  @ApiProblems(400, 401, 403, 413, 415, 429, 500, 502, 503)
  async post(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadsView> {
    const results = await this.uploads.from(request);
    const [first] = results;
    if (results.length === 1 && first !== undefined && 'error' in first) throw first.error;
    if (results.some((result) => 'error' in result)) void reply.status(HttpStatus.MULTI_STATUS);
    return {
      items: results.map((result, index) =>
        'record' in result
          ? { index, file: toFileView(result.record) }
          : { index, error: toUploadFault(result.error) },
      ),
    };
  }

  @Get()
  @Needs('documents:read')
  @ApiOperation({ summary: 'List files' })
  @ApiPageQuery()
  @ApiOkResponse({ type: FilePageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<FilePageView> {
    return toPage(await this.files.list(principalOf(request).tenant, pageQuery(query)), toFileView);
  }

  @Get(':file_id')
  @Needs('documents:read')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({ summary: 'What is noted of a file' })
  @ApiOkResponse({ type: FileView })
  @ApiProblems(400, 401, 403, 404, 503)
  async get(@Param('file_id') id: string, @Req() request: FastifyRequest): Promise<FileView> {
    return toFileView(await this.find(id, request));
  }

  @Get(':file_id/content')
  @Needs('documents:read')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({ summary: 'The file, byte by byte as it came' })
  @ApiProduces(...Object.values(FILE_KINDS).map(({ type }) => type))
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiProblems(400, 401, 403, 404, 503)
  async content(
    @Param('file_id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const record = await this.find(id, request);
    const { bytes, body } = await this.files.content(record);
    void reply.header('etag', `"${record.hash}"`);
    return new StreamableFile(body, {
      type: FILE_KINDS[record.kind].type,
      length: bytes,
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(record.name).replace(/['()*]/g, escape)}`,
    });
  }

  @Delete(':file_id')
  @Needs('documents:write')
  @ApiParam({ name: 'file_id' })
  @ApiOperation({
    summary: 'Delete a file here and at the provider',
    description:
      '200: it is gone. 202: it is gone here, and what the provider did not remove yet is tried again.',
  })
  @ApiOkResponse({ type: FileRemovalView })
  @ApiResponse({ status: 202, type: FileRemovalView })
  @ApiProblems(400, 401, 403, 404, 503)
  async remove(
    @Param('file_id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FileRemovalView> {
    return this.access.onRecordWhereFound(request, 'file.delete', id.slice(0, 64), async () => {
      const complete = await this.files.delete(await this.find(id, request));
      void reply.status(complete ? HttpStatus.OK : HttpStatus.ACCEPTED);
      return { id, complete };
    });
  }

  /** @throws ParleyError `not_found`, also for another tenant's */
  private async find(id: string, request: FastifyRequest): Promise<FileRecord> {
    const record = /^file_[0-9a-f]{32}$/.test(id)
      ? await this.files.get(principalOf(request).tenant, id)
      : undefined;
    if (record === undefined) throw new ParleyError('not_found', 'unable to find file');
    return record;
  }
}

const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
