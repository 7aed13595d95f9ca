// Erasures of what is kept of a user or a channel: begun here, done by a worker's job. Administrators only, of their own tenant.
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { JobQueue } from '#jobs';
import { Erasures } from '#retention';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ErasureAcceptedView, ErasureDto, ErasureView, toSubject } from './erasure.dto.js';

@ApiTags('erasures')
@Needs('admin')
@Controller('erasures')
export class ErasuresController {
  constructor(
    private readonly erasures: Erasures,
    private readonly jobs: JobQueue,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Erase what is kept of a user or a channel',
    description:
      'Unfinished requests are cancelled and not answered; everything else goes from all stores. Safe to ask for twice.',
  })
  @ApiBody({ type: ErasureDto })
  @ApiAcceptedResponse({ type: ErasureAcceptedView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async begin(@Req() request: FastifyRequest): Promise<ErasureAcceptedView> {
    const subject = toSubject(principalOf(request).tenant, request.body);
    this.access.administers(request, subject);
    const object = `${subject.kind}:${this.erasures.digestOf(subject)}`;
    const id = await this.access.onRecord(request, `${subject.kind}.erase`, object, async () => {
      const id = await this.erasures.begin(subject);
      await this.jobs.add('erasure', { id }, { id });
      return id;
    });
    return { id };
  }

  @Get(':id')
  @ApiOperation({ summary: 'How far an erasure is, and its receipt' })
  @ApiOkResponse({ type: ErasureView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<ErasureView> {
    const found = /^erasure_[0-9a-f]{32}$/.test(id) ? await this.erasures.get(id) : undefined;
    if (found?.tenant !== principalOf(request).tenant)
      throw new ParleyError('not_found', 'unable to find erasure');
    const { tenant: _tenant, created_at, ...shown } = found;
    return { ...shown, created_at: new Date(created_at).toISOString() };
  }
}
