// The documented REST of the assistant manager, under both of its addresses, in its envelope.
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AssistantManager, AssistantRegistry, readConfig, type ManagerStatus } from '#assistants';
import { ParleyError, validate } from '#contracts';
import { Needs } from '../access/needs.decorator.js';
import { AssistantAccess } from '../assistants/assistant-access.js';
import { toAssistantView } from '../assistants/to-assistant-view.js';
import { Envelope, envelope, ENVELOPE_PATHS } from './envelope.js';
import { CleanupDto, RefreshDto, RefreshIntervalDto, UpdateDto } from './openai-assistant.dto.js';

const HOUR_MS = 3_600_000;

@ApiTags('assistant manager')
@ApiOkResponse({ type: Envelope })
@Controller(ENVELOPE_PATHS)
export class OpenaiAssistantController {
  constructor(
    private readonly access: AssistantAccess,
    private readonly manager: AssistantManager,
    private readonly registry: AssistantRegistry,
  ) {}

  @Post('initialize')
  @Needs('assistants:read')
  @HttpCode(200)
  @ApiOperation({ summary: 'The current assistant, made when there is none' })
  async initialize(@Req() request: FastifyRequest): Promise<Envelope> {
    const { assistant, made } = await this.manager.initialize(this.access.asker(request));
    return envelope(made ? 'The assistant was created.' : 'The assistant is there.', {
      assistantId: assistant.id,
      status: made ? 'created' : 'existing',
    });
  }

  @Get('current')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'The current assistant, refreshed when due' })
  async current(@Req() request: FastifyRequest): Promise<Envelope> {
    const asker = this.access.asker(request);
    const { assistant } = await this.manager.current(asker);
    const status = toStatus(await this.manager.status(asker));
    return envelope('The current assistant.', { assistantId: assistant.id, status });
  }

  @Post('refresh')
  @Needs('assistants:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'A new current assistant' })
  @ApiBody({ type: RefreshDto, required: false })
  async refresh(@Req() request: FastifyRequest): Promise<Envelope> {
    const { tenant } = this.access.asker(request);
    const config = readConfig(validate(RefreshDto, request.body ?? {}).config ?? {}, tenant);
    const { assistant, previous } = await this.access.change(request, 'refresh', 'current', (asker) =>
      this.manager.refresh(asker, config),
    );
    return envelope('The assistant was refreshed.', {
      assistantId: assistant.id,
      newAssistantId: assistant.id,
      previousAssistantId: previous ?? null,
    });
  }

  @Get('list')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'All assistants, newest first' })
  async list(@Req() request: FastifyRequest): Promise<Envelope> {
    const { tenant } = this.access.asker(request);
    const assistants = [];
    for await (const assistant of this.registry.all(tenant)) assistants.push(toAssistantView(assistant));
    return envelope('The assistants.', { assistants, count: assistants.length });
  }

  @Get(['details', 'details/:id'])
  @Needs('assistants:read')
  @ApiOperation({ summary: 'One assistant; without an id the current one' })
  async details(@Req() request: FastifyRequest, @Param('id') id?: string): Promise<Envelope> {
    const { tenant } = this.access.asker(request);
    const assistant =
      id === undefined ? await this.registry.current(tenant, 'default') : await this.registry.get(tenant, id);
    if (assistant === undefined)
      throw new ParleyError('not_found', 'unable to show assistant; none is current');
    return envelope('The assistant.', { assistantId: assistant.id, ...toAssistantView(assistant) });
  }

  @Put('update/:id')
  @Needs('assistants:write')
  @ApiOperation({ summary: 'Change an assistant' })
  @ApiBody({ type: UpdateDto })
  async update(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Envelope> {
    const updates = readConfig(validate(UpdateDto, request.body).updates, this.access.asker(request).tenant);
    if (Object.keys(updates).length === 0)
      throw new ParleyError('invalid_request', 'unable to change assistant', {
        details: ['updates must name at least one field'],
      });
    const assistant = await this.access.change(request, 'update', id, ({ tenant, by }) =>
      this.registry.update(tenant, id, updates, { by, why: 'changed' }),
    );
    return envelope('The assistant was changed.', { assistantId: id, ...toAssistantView(assistant) });
  }

  @Delete('delete/:id')
  @Needs('assistants:write')
  @ApiOperation({ summary: 'Delete an assistant; of the current one, none is current then' })
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Envelope> {
    await this.access.change(request, 'delete', id, async ({ tenant }) => {
      if (!(await this.registry.delete(tenant, id)))
        throw new ParleyError('not_found', 'unable to delete assistant; it is gone');
    });
    return envelope('The assistant was deleted.', { assistantId: id, status: 'deleted' });
  }

  @Post('cleanup')
  @Needs('assistants:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'Delete all but the newest of those that nobody needs' })
  @ApiBody({ type: CleanupDto, required: false })
  async cleanup(@Req() request: FastifyRequest): Promise<Envelope> {
    const { keepCount, dryRun } = validate(CleanupDto, request.body ?? {});
    const verb = dryRun ? 'clean-up-dry-run' : 'clean-up';
    const { deleted, kept, failed } = await this.access.change(request, verb, `keep ${keepCount}`, (asker) =>
      this.manager.cleanUp(asker, keepCount, dryRun),
    );
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
  @Needs('assistants:read')
  @ApiOperation({ summary: 'What is current, when it was refreshed, and whether it is due' })
  async status(@Req() request: FastifyRequest): Promise<Envelope> {
    const status = toStatus(await this.manager.status(this.access.asker(request)));
    return envelope('The status.', { ...status, status });
  }

  @Put('refresh-interval')
  @Needs('assistants:write')
  @ApiOperation({ summary: 'Set the refresh interval of all replicas' })
  @ApiBody({ type: RefreshIntervalDto })
  async setRefreshInterval(@Req() request: FastifyRequest): Promise<Envelope> {
    const { intervalMs } = validate(RefreshIntervalDto, request.body);
    await this.access.change(request, 'set-interval', `${intervalMs} ms`, (asker) =>
      this.manager.setRefreshInterval(asker, intervalMs),
    );
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
