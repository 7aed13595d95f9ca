// Replays that may take long or outlast an outage, as jobs: seen on the board, repeated with back-off. A worker of
// the ingress role does them. Administrators only.
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { newId, validate } from '#contracts';
import { JobQueue } from '#jobs';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ReplayDto, ReplayView } from './replay.dto.js';

@ApiTags('dead letters')
@Needs('admin')
@Controller('dead-letters/replays')
export class ReplaysController {
  constructor(
    private readonly jobs: JobQueue,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Replay one or all in the background',
    description: 'The job repeats while Redis or RabbitMQ is away, and while a channel of a letter is full.',
  })
  @ApiBody({ type: ReplayDto })
  @ApiAcceptedResponse({ type: ReplayView })
  @ApiProblems(400, 401, 403, 413, 415, 503)
  async replay(@Req() request: FastifyRequest): Promise<ReplayView> {
    const { source, id } = validate(ReplayDto, request.body, 'refuse');
    const job_id = newId('replay');
    await this.access.onRecord(request, 'dead-letter.replay-later', `${source}:${id}`, () =>
      this.jobs.add('dead-letter-replay', { source, id }, { id: job_id }),
    );
    return { job_id, source, id };
  }
}
