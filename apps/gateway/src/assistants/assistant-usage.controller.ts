// What runs have used of an assistant, deleted ones too.
import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AssistantRegistry, AssistantUsage } from '#assistants';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AssistantAccess } from './assistant-access.js';
import { AssistantUsageView } from './assistant-usage.views.js';

@ApiTags('assistants')
@Controller('assistants/:id/usage')
export class AssistantUsageController {
  constructor(
    private readonly access: AssistantAccess,
    private readonly registry: AssistantRegistry,
    private readonly usage: AssistantUsage,
  ) {}

  @Get()
  @Needs('usage:read')
  @ApiOperation({
    summary: 'Runs and tokens, in all and by version',
    description: 'Runs that have ended, and the tokens of completed ones; kept 400 days after the last run.',
  })
  @ApiOkResponse({ type: AssistantUsageView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<AssistantUsageView> {
    const { tenant } = this.access.asker(request);
    const report = await this.usage.of(tenant, id);
    // Nothing was used: then it must at least exist.
    if (report.runs === 0) await this.registry.get(tenant, id);
    return report;
  }
}
