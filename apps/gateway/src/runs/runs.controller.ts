// Look at a run; cancel it.
import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { RunStore } from '#runs';
import { PROBLEM_TYPE, toProblem } from '#telemetry';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { RunAccess, unknownRun } from './run-access.js';
import { CancellationView, RunView } from './run.views.js';
import { toRunResult, toRunView } from './to-run-view.js';

@ApiTags('runs')
@ApiParam({ name: 'run_id', format: 'uuid' })
@Controller('runs/:run_id')
export class RunsController {
  constructor(
    private readonly access: RunAccess,
    private readonly runs: RunStore,
  ) {}

  @Get()
  @Needs('channels:read')
  @ApiOperation({
    summary: 'State and result of a run',
    description: 'Kept for DEDUPLICATION_SECONDS after its end.',
  })
  @ApiOkResponse({ type: RunView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('run_id') runId: string, @Req() request: FastifyRequest): Promise<RunView> {
    return toRunView(await this.access.find(runId, request, 'read'));
  }

  @Post('cancel')
  @Needs('channels:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a run',
    description: 'A waiting run ends at once; a running one is told to stop.',
  })
  @ApiOkResponse({ type: CancellationView, description: 'Cancelled.' })
  @ApiAcceptedResponse({ type: CancellationView, description: 'Requested.' })
  @ApiProblems(401, 403, 404, 409, 503)
  async cancel(
    @Param('run_id') runId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.access.find(runId, request, 'write');
    const { outcome, status, result } = await this.runs.cancel(runId);
    switch (outcome) {
      case 'cancelled':
      case 'requested':
        await reply.status(outcome === 'cancelled' ? 200 : 202).send({ run_id: runId, outcome, status });
        return;
      case 'already_finished': {
        const error = new ParleyError('already_finished', 'unable to cancel run; it has ended');
        const problem = toProblem(error, request.id);
        await reply
          .status(problem.status)
          .header('content-type', PROBLEM_TYPE)
          .send(
            JSON.stringify({
              ...problem,
              run_status: status,
              ...(result && { result: toRunResult(result) }),
            }),
          );
        return;
      }
      case 'not_found':
        throw unknownRun();
      default:
        outcome satisfies never;
    }
  }
}
