// What is left over: removals that are not done, receipts of those that are, and the look for orphans.
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { VconStorage, VconSweep } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { SweepDto, sweepOf } from './vcon.dto.js';
import { SweepView, toSweepView } from './sweep.views.js';
import { RemovalsView, RemovalView, toRemovalView } from './vcon.views.js';

const MOST = 100;

@ApiTags('vcons')
@Controller('vcons')
export class VconUpkeepController {
  constructor(
    private readonly storage: VconStorage,
    private readonly sweep: VconSweep,
    private readonly access: RequestAccess,
  ) {}

  @Get('removals')
  @Needs('vcons:read')
  @ApiOperation({ summary: 'What could not be removed at the provider yet; at most 100' })
  @ApiOkResponse({ type: RemovalsView })
  @ApiProblems(401, 403, 503)
  async pending(@Req() request: FastifyRequest): Promise<RemovalsView> {
    const removals = await this.storage.pendingRemovals(principalOf(request).tenant, MOST);
    return { items: removals.map(toRemovalView) };
  }

  @Get('removals/:id')
  @Needs('vcons:read')
  @ApiOperation({ summary: 'How far a deletion is, and its receipt' })
  @ApiOkResponse({ type: RemovalView })
  @ApiProblems(401, 403, 404, 503)
  async removal(@Param('id') id: string, @Req() request: FastifyRequest): Promise<RemovalView> {
    const known = /^removal_[0-9a-f]{32}$/.test(id);
    const removal = known ? await this.storage.removal(principalOf(request).tenant, id) : undefined;
    if (removal === undefined) throw new ParleyError('not_found', 'unable to find removal');
    return toRemovalView(removal);
  }

  @Post('sweeps')
  @HttpCode(200)
  @Needs('admin')
  @ApiOperation({
    summary:
      'Look for orphans: files without a vCon, vCons without their file or original, originals that nothing names',
    description: 'Of the whole installation. Tells only; with `apply` it removes them.',
  })
  @ApiBody({ type: SweepDto, required: false })
  @ApiOkResponse({ type: SweepView })
  @ApiProblems(400, 401, 403, 415, 503)
  sweeps(@Req() request: FastifyRequest): Promise<SweepView> {
    const { apply } = sweepOf(request);
    const object = apply ? 'apply' : 'dry run';
    return this.access.onRecord(request, 'vcon.sweep', object, async () =>
      toSweepView(await this.sweep.run({ apply })),
    );
  }
}
