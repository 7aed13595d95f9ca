// Replays that may take long or outlast an outage, as jobs: seen on the board, repeated with back-off. A worker of
// the ingress role does them. Administrators only.
import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBasicAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { newId, validate } from '#contracts';
import { JobQueue } from '#jobs';
import { AdminGuard } from '../access/admin.guard.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ReplayDto, ReplayView } from './replay.dto.js';

@ApiTags('dead letters')
@ApiBasicAuth('admin')
@UseGuards(AdminGuard)
@Controller('dead-letters/replays')
export class ReplaysController {
  constructor(private readonly jobs: JobQueue) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Replay one or all in the background',
    description: 'The job repeats while Redis or RabbitMQ is away, and while a channel of a letter is full.',
  })
  @ApiBody({ type: ReplayDto })
  @ApiAcceptedResponse({ type: ReplayView })
  @ApiProblems(400, 401, 413, 415, 503)
  async replay(@Req() { body }: FastifyRequest): Promise<ReplayView> {
    const { source, id } = validate(ReplayDto, body, 'refuse');
    const job_id = newId('replay');
    await this.jobs.add('dead-letter-replay', { source, id }, { id: job_id });
    return { job_id, source, id };
  }
}
