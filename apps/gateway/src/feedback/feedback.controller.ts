// What the person who got an answer thinks of it. Who may write to the run's channel may say so.
import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validate } from '#contracts';
import { FeedbackStore } from '#runs';
import { Needs } from '../access/needs.decorator.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { RunAccess } from '../runs/run-access.js';
import { FeedbackDto, FeedbackView, toScore } from './feedback.dto.js';

@ApiTags('runs')
@ApiParam({ name: 'run_id', format: 'uuid' })
@Controller('runs/:run_id/feedback')
export class FeedbackController {
  constructor(
    private readonly access: RunAccess,
    private readonly store: FeedbackStore,
  ) {}

  @Post()
  @Needs('channels:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Say how good an answer was',
    description: 'Once per run and person, the last one counts. Kept for FEEDBACK_SECONDS.',
  })
  @ApiBody({ type: FeedbackDto })
  @ApiOkResponse({ type: FeedbackView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async give(@Param('run_id') runId: string, @Req() request: FastifyRequest): Promise<FeedbackView> {
    const run = await this.access.find(runId, request, 'write');
    const { score: said, comment } = validate(FeedbackDto, request.body, 'refuse');
    const score = toScore(said);
    const { subject } = principalOf(request);
    const { replaced } = await this.store.give(run, subject, {
      score,
      ...(comment !== undefined && { comment }),
    });
    return { run_id: run.run_id, score, replaced };
  }
}
