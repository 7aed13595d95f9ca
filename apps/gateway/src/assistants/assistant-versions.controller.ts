// What an assistant was set to before, the way back, and a version on trial.
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AssistantCanary, AssistantRegistry, readConfig } from '#assistants';
import { ParleyError, validate } from '#contracts';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AssistantAccess } from './assistant-access.js';
import { CanaryDto, DiffQuery, RollbackDto } from './assistant.dto.js';
import { AssistantView, DiffView, VersionsView, VersionView } from './assistant.views.js';
import { ifMatch } from './if-match.js';
import { toAssistantView, toVersionView } from './to-assistant-view.js';

@ApiTags('assistants')
@Controller('assistants/:id')
export class AssistantVersionsController {
  constructor(
    private readonly access: AssistantAccess,
    private readonly registry: AssistantRegistry,
    private readonly canary: AssistantCanary,
  ) {}

  @Get('versions')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'All versions' })
  @ApiOkResponse({ type: VersionsView })
  @ApiProblems(401, 404, 503)
  async versions(@Param('id') id: string, @Req() request: FastifyRequest): Promise<VersionsView> {
    const versions = await this.registry.versions(this.access.asker(request).tenant, id);
    return { items: versions.map(toVersionView) };
  }

  @Get('versions/:version')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'One version' })
  @ApiOkResponse({ type: VersionView })
  @ApiProblems(401, 404, 503)
  async version(
    @Param('id') id: string,
    @Param('version') version: string,
    @Req() request: FastifyRequest,
  ): Promise<VersionView> {
    const { tenant } = this.access.asker(request);
    return toVersionView(await this.registry.version(tenant, id, Number(version)));
  }

  @Get('diff')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'What differs between two versions' })
  @ApiQuery({ name: 'from', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'to', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse({ type: DiffView })
  @ApiProblems(400, 401, 404, 503)
  async diff(
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
  ): Promise<DiffView> {
    const { tenant } = this.access.asker(request);
    const { from, to } = validate(DiffQuery, query);
    return { from, to, changes: await this.registry.diff(tenant, id, from, to) };
  }

  @Post('rollback')
  @Needs('assistants:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go back', description: 'Makes a new version with the settings of an old one.' })
  @ApiBody({ type: RollbackDto })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  async rollback(@Param('id') id: string, @Req() request: FastifyRequest): Promise<AssistantView> {
    const { version } = validate(RollbackDto, request.body, 'refuse');
    const expected = ifMatch(request.headers['if-match']);
    const back = await this.access.change(request, 'rollback', id, ({ tenant, by }) =>
      this.registry.rollback(tenant, id, version, { by, ...(expected !== undefined && { expected }) }),
    );
    return toAssistantView(back);
  }

  @Put('canary')
  @Needs('assistants:write')
  @ApiOperation({
    summary: 'Try a version on a share of new runs',
    description:
      'The same run always gets the same version. Too many failures, or a mean cost beyond a bound that is given, end the trial, with the reason.',
  })
  @ApiBody({ type: CanaryDto })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  async setCanary(@Param('id') id: string, @Req() request: FastifyRequest): Promise<AssistantView> {
    const { version, config, ...bounds } = validate(CanaryDto, request.body, 'refuse');
    if ((version === undefined) === (config === undefined))
      throw new ParleyError('invalid_request', 'unable to try a version', {
        details: ['either version or config must be given'],
      });
    const tried = await this.access.change(request, 'try', id, async ({ tenant, by }) => {
      const candidate =
        version ??
        (await this.registry.propose(tenant, id, readConfig(config, tenant), { by, why: 'on trial' }));
      return this.canary.set(tenant, id, { version: candidate, ...bounds });
    });
    return toAssistantView(tried);
  }

  @Delete('canary')
  @Needs('assistants:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'End a trial' })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(401, 403, 404, 503)
  async endCanary(@Param('id') id: string, @Req() request: FastifyRequest): Promise<AssistantView> {
    const ended = await this.access.change(request, 'end-trial', id, ({ tenant }) =>
      this.canary.end(tenant, id),
    );
    return toAssistantView(ended);
  }
}
