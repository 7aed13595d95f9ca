// vCons as resources: put, get back as they came, list, delete with a receipt. `POST /vcons` is also what a conserver's webhook calls.
import {
  Controller,
  Delete,
  Get,
  HttpStatus,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ANYBODY, SHARED, type Principal } from '#auth';
import { VconConfig } from '#config';
import { ParleyError, validate } from '#contracts';
import { readUuid, VCON_STATES, VconStorage, type SaveOptions } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, toPage } from '../page-query.js';
import { rawVcon } from './raw-vcons.js';
import {
  accountOptions,
  ApiAccount,
  ApiSaveOptions,
  bodyOptions,
  saveOptions,
  VconListQuery,
} from './vcon.dto.js';
import {
  RemovalView,
  SavedVconView,
  toRemovalView,
  toSavedView,
  toVconView,
  VconPageView,
  VconView,
} from './vcon.views.js';

const TYPES = ['application/vcon+json', 'application/vcon', 'application/json', 'application/vcon+gzip'];
const VCON_BODY = { schema: { type: 'object', additionalProperties: true } } as const;

@ApiTags('vcons')
@Controller('vcons')
export class VconsController {
  constructor(
    private readonly storage: VconStorage,
    private readonly access: RequestAccess,
    private readonly config: VconConfig,
  ) {}

  @Post()
  @Needs('vcons:write')
  @ApiOperation({
    summary: 'Save a vCon under its own uuid',
    description:
      'Saved again it replaces the older one; equal content is not uploaded again. The header `x-conserver-api-token` counts as a bearer token, so that a conserver’s webhook can deliver here.',
  })
  @ApiConsumes(...TYPES)
  @ApiSaveOptions()
  @ApiBody(VCON_BODY)
  @ApiResponse({ status: 201, type: SavedVconView })
  @ApiProblems(400, 401, 403, 413, 415, 422, 429, 500, 502, 503)
  async post(@Req() request: FastifyRequest): Promise<SavedVconView> {
    return this.save(request, undefined, saveOptions(request));
  }

  @Put(':uuid')
  @Needs('vcons:write')
  @ApiOperation({ summary: 'Save a vCon under this uuid, which must be its own' })
  @ApiConsumes(...TYPES)
  @ApiSaveOptions()
  @ApiBody(VCON_BODY)
  @ApiOkResponse({ type: SavedVconView })
  @ApiProblems(400, 401, 403, 413, 415, 422, 429, 500, 502, 503)
  async put(@Param('uuid') uuid: string, @Req() request: FastifyRequest): Promise<SavedVconView> {
    return this.save(request, readUuid(uuid), saveOptions(request));
  }

  @Post(':uuid/save')
  @Needs('vcons:write')
  @ApiOperation({
    summary: 'Save what the conserver keeps under this uuid',
    description: 'Options in the body, all optional.',
  })
  @ApiAccount()
  @ApiBody({ required: false, schema: { type: 'object', additionalProperties: true } })
  @ApiResponse({ status: 201, type: SavedVconView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503)
  async saveKept(@Param('uuid') uuid: string, @Req() request: FastifyRequest): Promise<SavedVconView> {
    const principal = principalOf(request);
    const saved = await this.storage.save(principal.tenant, uuid, bodyOptions(request), savedBy(principal));
    return toSavedView(saved);
  }

  @Get()
  @Needs('vcons:read')
  @ApiOperation({ summary: 'List, with state and file' })
  @ApiPageQuery()
  @ApiQuery({ name: 'profile', required: false })
  @ApiQuery({ name: 'state', required: false, enum: VCON_STATES })
  @ApiOkResponse({ type: VconPageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<VconPageView> {
    const { limit, order, after, profile, state } = validate(VconListQuery, query);
    const page = await this.storage.list(principalOf(request).tenant, {
      limit,
      order,
      ...(after !== undefined && { after }),
      ...(profile !== undefined && { profile }),
      ...(state !== undefined && { state }),
    });
    return toPage(page, toVconView);
  }

  @Get(':uuid')
  @Needs('vcons:read')
  @ApiOperation({
    summary: 'The vCon, byte by byte as it came',
    description:
      'With `reconstruct=true`, where our copy is lost: the text that the index made of it, marked by `x-parley-reconstructed: true`; else 410.',
  })
  @ApiAccount()
  @ApiQuery({ name: 'reconstruct', required: false, schema: { type: 'boolean' } })
  @ApiProduces('application/vcon+json')
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems(400, 401, 403, 404, 410, 502, 503)
  async get(
    @Param('uuid') uuid: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const reconstruct = (request.query as Record<string, unknown>)['reconstruct'] === 'true';
    const options = { ...accountOptions(request), reconstruct };
    const found = await this.storage.get(principalOf(request).tenant, uuid, options);
    if (found === undefined) throw absent();
    if (found.kind === 'reconstructed') {
      void reply.header('x-parley-reconstructed', 'true');
      return new StreamableFile(Buffer.from(found.text), { type: 'text/plain; charset=utf-8' });
    }
    void reply.header('etag', `"${found.record.hash}"`);
    return new StreamableFile(found.body, { type: 'application/vcon+json', length: found.bytes });
  }

  @Get(':uuid/status')
  @Needs('vcons:read')
  @ApiOperation({ summary: 'How far it is: saving, uploaded, indexing, ready, index_failed, failed' })
  @ApiAccount()
  @ApiOkResponse({ type: VconView })
  @ApiProblems(400, 401, 403, 404, 503)
  async status(@Param('uuid') uuid: string, @Req() request: FastifyRequest): Promise<VconView> {
    const record = await this.storage.status(principalOf(request).tenant, uuid, accountOptions(request));
    if (record === undefined) throw absent();
    return toVconView(record);
  }

  @Delete(':uuid')
  @Needs('vcons:write')
  @ApiOperation({
    summary: 'Delete it everywhere, with a receipt',
    description:
      '200: all is gone, with a signed receipt. 202: it is gone here, and what the provider did not remove yet is tried again; see `GET /vcons/removals/{id}`.',
  })
  @ApiAccount()
  @ApiOkResponse({ type: RemovalView })
  @ApiResponse({ status: 202, type: RemovalView })
  @ApiProblems(400, 401, 403, 404, 503)
  async remove(
    @Param('uuid') uuid: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RemovalView> {
    const { tenant, subject } = principalOf(request);
    const view = await this.access.onRecordWhereFound(request, 'vcon.delete', uuid, async () => {
      const removal = await this.storage.delete(tenant, uuid, accountOptions(request), subject);
      if (removal === undefined) throw absent();
      return toRemovalView(removal);
    });
    void reply.status(view.complete ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return view;
  }

  private async save(
    request: FastifyRequest,
    uuid: string | undefined,
    options: SaveOptions,
  ): Promise<SavedVconView> {
    const principal = principalOf(request);
    const saved_by = savedBy(principal);
    const wish = {
      tenant: principal.tenant,
      bytes: await rawVcon(request, this.config.maxBytes),
      options,
      ...(uuid !== undefined && { uuid }),
      ...(saved_by !== undefined && { saved_by }),
    };
    return toSavedView(await this.storage.put(wish));
  }
}

/** Nobody in particular leaves. */
const savedBy = ({ subject }: Principal): string | undefined =>
  subject === ANYBODY || subject === SHARED ? undefined : subject;

const absent = (): ParleyError => new ParleyError('not_found', 'unable to find vCon');
