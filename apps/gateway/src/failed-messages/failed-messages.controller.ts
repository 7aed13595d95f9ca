// RabbitMQ's failed queue: messages that never became a run, because they were malformed, too old or in conflict.
// Administrators only. `{id}` may be `all`.
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { FailedQueue } from '#messaging';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { pageQuery } from '../page-query.js';
import { CountView, FailedPageView } from './failed-message.views.js';

@ApiTags('failed messages')
@Needs('admin')
@Controller('failed-messages')
export class FailedMessagesController {
  constructor(
    private readonly failed: FailedQueue,
    private readonly access: RequestAccess,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The oldest of them' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  })
  @ApiOkResponse({ type: FailedPageView })
  @ApiProblems(400, 401, 403, 503)
  list(@Query() query: unknown): Promise<FailedPageView> {
    return this.failed.list({ limit: pageQuery(query).limit });
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Publish to the exchange again' })
  @ApiParam({ name: 'id', description: 'Of one message, or `all`.' })
  @ApiOkResponse({ type: CountView })
  @ApiProblems(401, 403, 404, 503)
  async replay(@Param('id') id: string, @Req() request: FastifyRequest): Promise<CountView> {
    const act = () => this.failed.replay(id);
    return { count: await this.access.onRecord(request, 'failed-message.replay', id, act) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove for good' })
  @ApiParam({ name: 'id', description: 'Of one message, or `all`.' })
  @ApiOkResponse({ type: CountView })
  @ApiProblems(401, 403, 404, 503)
  async drop(@Param('id') id: string, @Req() request: FastifyRequest): Promise<CountView> {
    const act = () => this.failed.drop(id);
    return { count: await this.access.onRecord(request, 'failed-message.remove', id, act) };
  }
}
