// Structured plans: asked for, watched while they are made, improved by meetings, judged, cancelled, deleted.
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { DocumentJobs, PLAN_SCHEMA, Plans, renderPlan, type PlanAsker, type PlanJob } from '#documents';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import { ApiDocumentEvents, streamDocument } from '../events/stream-document.js';
import { GradeBody, PlanBody, TranscriptBody } from './plan.dto.js';
import { PLAN_DOCUMENT, PlanCancelView, PlanPageView, PlanView, toPlanView } from './plan.views.js';

const QUEUED = 'The answer 202 means: kept, and made in a moment. `GET /plans/{id}` has what comes of it.';

@ApiTags('plans')
@Controller('plans')
export class PlansController {
  constructor(
    private readonly plans: Plans,
    private readonly jobs: DocumentJobs,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @HttpCode(202)
  @Needs('documents:write')
  @ApiOperation({ summary: 'Make a plan', description: QUEUED })
  @ApiBody({ type: PlanBody })
  @ApiAcceptedResponse({ type: PlanView })
  @ApiProblems(400, 401, 403, 413, 415, 503)
  async create(@Req() request: FastifyRequest): Promise<PlanView> {
    return toPlanView(await this.plans.create(askerOf(request), request.body));
  }

  @Get()
  @Needs('documents:read')
  @ApiOperation({ summary: 'List' })
  @ApiPageQuery()
  @ApiOkResponse({ type: PlanPageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<PlanPageView> {
    return toPage(await this.plans.list(principalOf(request).tenant, pageQuery(query)), toPlanView);
  }

  @Get('schema')
  @Needs('documents:read')
  @ApiOperation({ summary: 'What a plan looks like, as JSON schema' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems(401, 403)
  schema(): object {
    return PLAN_SCHEMA;
  }

  @Get(':id')
  @Needs('documents:read')
  @ApiOperation({ summary: 'State and result' })
  @ApiOkResponse({ type: PlanView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<PlanView> {
    return toPlanView(await this.find(request, id));
  }

  @Get(':id/plan')
  @Needs('documents:read')
  @ApiOperation({
    summary: 'The plan alone, as JSON or Markdown',
    description: 'What failed answers with what it failed by; what is not ready, or has no plan, with 404.',
  })
  @ApiQuery({ name: 'format', required: false, enum: ['json', 'markdown'] })
  @ApiProduces('application/json', 'text/markdown')
  @ApiOkResponse({ schema: PLAN_DOCUMENT })
  @ApiProblems(400, 401, 403, 404, 422, 429, 502, 503)
  async plan(
    @Param('id') id: string,
    @Query('format') format: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (format !== undefined && format !== 'json' && format !== 'markdown')
      throw new ParleyError('invalid_request', 'unable to show plan; no such format', {
        details: ['format: must be json or markdown'],
      });
    const { state, fault, result } = await this.find(request, id);
    if (state === 'failed' && fault !== undefined)
      throw new ParleyError(fault.code, 'unable to show plan; it failed', { details: fault.details });
    if (result?.plan === undefined)
      throw new ParleyError('not_found', 'unable to show plan; there is none (yet)');
    const type = format === 'markdown' ? 'text/markdown' : 'application/json';
    // What sources said may look like a page; nobody is to open it as one.
    void reply.headers({ 'content-type': `${type}; charset=utf-8`, 'content-disposition': 'attachment' });
    return format === 'markdown' ? renderPlan(result.plan) : JSON.stringify(result.plan);
  }

  @Get(':id/events')
  @Needs('documents:read')
  @ApiDocumentEvents('`state`, `progress`, `text` (the next piece of the answer as the model writes it)')
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.find(request, id);
    await streamDocument(this.jobs, id, request, reply);
  }

  @Post(':id/transcripts')
  @HttpCode(202)
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Put what a meeting said into the plan',
    description: `${QUEUED} It is another plan, with a summary of changes; this one stays as it is.`,
  })
  @ApiBody({ type: TranscriptBody })
  @ApiAcceptedResponse({ type: PlanView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async apply(@Param('id') id: string, @Req() request: FastifyRequest): Promise<PlanView> {
    return toPlanView(await this.plans.apply(askerOf(request), id, request.body));
  }

  @Post(':id/grades')
  @HttpCode(202)
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Judge the plan',
    description: `${QUEUED} 0 to 100 in five dimensions, and their mean.`,
  })
  @ApiBody({ type: GradeBody, required: false })
  @ApiAcceptedResponse({ type: PlanView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async grade(@Param('id') id: string, @Req() request: FastifyRequest): Promise<PlanView> {
    return toPlanView(await this.plans.grade(askerOf(request), id, request.body ?? {}));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('documents:write')
  @ApiOperation({ summary: 'Cancel: a waiting one ends at once, a running one is told to stop' })
  @ApiOkResponse({ type: PlanCancelView })
  @ApiProblems(401, 403, 404, 409, 503)
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest): Promise<PlanCancelView> {
    const outcome = await this.plans.cancel(principalOf(request).tenant, id);
    if (outcome === 'not_found') throw unknown();
    if (outcome === 'already_finished')
      throw new ParleyError('already_finished', 'unable to cancel plan; it has ended');
    return { id, outcome };
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Delete all that is kept of it',
    description: 'Plans that were made from it stay.',
  })
  @ApiNoContentResponse()
  @ApiProblems(401, 403, 404, 503)
  async delete(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    const { tenant } = principalOf(request);
    await this.access.onRecordWhereFound(request, 'plan.delete', id.slice(0, 60), async () => {
      if (!(await this.plans.delete(tenant, id))) throw unknown();
    });
  }

  private async find(request: FastifyRequest, id: string): Promise<PlanJob> {
    const job = await this.plans.get(principalOf(request).tenant, id);
    if (job === undefined) throw unknown();
    return job;
  }
}

function askerOf(request: FastifyRequest): PlanAsker {
  const { tenant, subject } = principalOf(request);
  return { tenant, ...(subject && { user: subject }) };
}

const unknown = (): ParleyError => new ParleyError('not_found', 'unable to find plan');
