// The documented REST of the assistant manager, under both of its addresses, in its envelope.
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req, UseFilters } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AssistantManager, AssistantRegistry, readConfig, type ManagerStatus } from '#assistants';
import { ParleyError, validate } from '#contracts';
import { AssistantAccess } from '../assistants/assistant-access.js';
import { toAssistantView } from '../assistants/to-assistant-view.js';
import { Envelope, envelope, EnvelopeFilter } from './envelope.js';
import { CleanupDto, RefreshDto, RefreshIntervalDto, UpdateDto } from './openai-assistant.dto.js';

const HOUR_MS = 3_600_000;

@ApiTags('assistant manager')
@ApiBearerAuth()
@ApiBasicAuth('admin')
@ApiOkResponse({ type: Envelope })
@UseFilters(EnvelopeFilter)
@Controller(['api/openai-assistant', 'api/v1/openai-assistant'])
export class OpenaiAssistantController {
  constructor(
    private readonly access: AssistantAccess,
    private readonly manager: AssistantManager,
    private readonly registry: AssistantRegistry,
  ) {}

  @Post('initialize')
  @HttpCode(200)
  @ApiOperation({ summary: 'The current assistant, made when there is none' })
  async initialize(@Req() request: FastifyRequest): Promise<Envelope> {
    const { assistant, made } = await this.manager.initialize(this.access.read(request));
    return envelope(made ? 'The assistant was created.' : 'The assistant is there.', {
      assistantId: assistant.id,
      status: made ? 'created' : 'existing',
    });
  }

  @Get('current')
  @ApiOperation({ summary: 'The current assistant, refreshed when due' })
  async current(@Req() request: FastifyRequest): Promise<Envelope> {
    const asker = this.access.read(request);
    const { assistant } = await this.manager.current(asker);
    const status = toStatus(await this.manager.status(asker));
    return envelope('The current assistant.', { assistantId: assistant.id, status });
  }

  @Post('refresh')
  @HttpCode(200)
  @ApiOperation({ summary: 'A new current assistant' })
  @ApiBody({ type: RefreshDto, required: false })
  async refresh(@Req() request: FastifyRequest): Promise<Envelope> {
    const asker = this.access.write(request);
    const { config } = validate(RefreshDto, request.body ?? {});
    const { assistant, previous } = await this.manager.refresh(asker, readConfig(config ?? {}));
    return envelope('The assistant was refreshed.', {
      assistantId: assistant.id,
      newAssistantId: assistant.id,
      previousAssistantId: previous ?? null,
    });
  }

  @Get('list')
  @ApiOperation({ summary: 'All assistants, newest first' })
  async list(@Req() request: FastifyRequest): Promise<Envelope> {
    const { tenant } = this.access.read(request);
    const assistants = [];
    for await (const assistant of this.registry.all(tenant)) assistants.push(toAssistantView(assistant));
    return envelope('The assistants.', { assistants, count: assistants.length });
  }

  @Get(['details', 'details/:id'])
  @ApiOperation({ summary: 'One assistant; without an id the current one' })
  async details(@Req() request: FastifyRequest, @Param('id') id?: string): Promise<Envelope> {
    const { tenant } = this.access.read(request);
    const assistant =
      id === undefined ? await this.registry.current(tenant, 'default') : await this.registry.get(tenant, id);
    if (assistant === undefined)
      throw new ParleyError('not_found', 'unable to show assistant; none is current');
    return envelope('The assistant.', { assistantId: assistant.id, ...toAssistantView(assistant) });
  }

  @Put('update/:id')
  @ApiOperation({ summary: 'Change an assistant' })
  @ApiBody({ type: UpdateDto })
  async update(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Envelope> {
    const { tenant, by } = this.access.write(request);
    const updates = readConfig(validate(UpdateDto, request.body).updates);
    if (Object.keys(updates).length === 0)
      throw new ParleyError('invalid_request', 'unable to change assistant', {
        details: ['updates must name at least one field'],
      });
    const assistant = await this.registry.update(tenant, id, updates, { by, why: 'changed' });
    return envelope('The assistant was changed.', { assistantId: id, ...toAssistantView(assistant) });
  }

  @Delete('delete/:id')
  @ApiOperation({ summary: 'Delete an assistant; of the current one, none is current then' })
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Envelope> {
    const { tenant } = this.access.write(request);
    if (!(await this.registry.delete(tenant, id)))
      throw new ParleyError('not_found', 'unable to delete assistant; it is gone');
    return envelope('The assistant was deleted.', { assistantId: id, status: 'deleted' });
  }

  @Post('cleanup')
  @HttpCode(200)
  @ApiOperation({ summary: 'Delete all but the newest of those that nobody needs' })
  @ApiBody({ type: CleanupDto, required: false })
  async cleanup(@Req() request: FastifyRequest): Promise<Envelope> {
    const asker = this.access.write(request);
    const { keepCount, dryRun } = validate(CleanupDto, request.body ?? {});
    const { deleted, kept, failed } = await this.manager.cleanUp(asker, keepCount, dryRun);
    return envelope(`${deleted.length} assistant(s) ${dryRun ? 'would be' : 'were'} deleted.`, {
      deletedAssistants: deleted,
      deletedCount: deleted.length,
      keepCount,
      dryRun,
      keptAssistants: kept,
      failedAssistants: failed,
    });
  }

  @Get('status')
  @ApiOperation({ summary: 'What is current, when it was refreshed, and whether it is due' })
  async status(@Req() request: FastifyRequest): Promise<Envelope> {
    const status = toStatus(await this.manager.status(this.access.read(request)));
    return envelope('The status.', { ...status, status });
  }

  @Put('refresh-interval')
  @ApiOperation({ summary: 'Set the refresh interval of all replicas' })
  @ApiBody({ type: RefreshIntervalDto })
  async setRefreshInterval(@Req() request: FastifyRequest): Promise<Envelope> {
    const asker = this.access.write(request);
    const { intervalMs } = validate(RefreshIntervalDto, request.body);
    await this.manager.setRefreshInterval(asker, intervalMs);
    return envelope('The interval was set.', {
      newIntervalMs: intervalMs,
      newIntervalHours: intervalMs / HOUR_MS,
    });
  }
}

const toStatus = ({ assistant_id, last_refresh, interval_ms, needs_refresh }: ManagerStatus) => ({
  assistantId: assistant_id ?? null,
  lastRefresh: last_refresh === undefined ? null : new Date(last_refresh).toISOString(),
  refreshInterval: interval_ms,
  needsRefresh: needs_refresh,
});
