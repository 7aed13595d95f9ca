// Messages that were accepted but could not be answered: look, replay, remove. Administrators only.
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { DeadLetterStore, type DeadLetter } from '#runs';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AcceptedView } from '../messages/message.views.js';
import { toAccepted } from '../messages/to-accepted.js';
import { pageQuery, toPage } from '../page-query.js';
import { DeadLetterPageView, DeadLetterView } from './dead-letter.views.js';

@ApiTags('dead letters')
@Needs('admin')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(
    private readonly deadLetters: DeadLetterStore,
    private readonly access: RequestAccess,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List, oldest first' })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  })
  @ApiOkResponse({ type: DeadLetterPageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown): Promise<DeadLetterPageView> {
    const { after, limit } = pageQuery(query);
    return toPage(await this.deadLetters.list({ limit, ...(after !== undefined && { after }) }), toView);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One, with its message' })
  @ApiOkResponse({ type: DeadLetterView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('id') id: string): Promise<DeadLetterView> {
    const letter = await this.deadLetters.get(id);
    return { ...toView(letter), message: letter.message };
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Submit the message again, as a new run at the end of its channel' })
  @ApiAcceptedResponse({ type: AcceptedView })
  @ApiProblems(400, 401, 403, 404, 429, 503)
  replay(@Param('id') id: string, @Req() request: FastifyRequest): Promise<AcceptedView> {
    return this.access.onRecord(request, 'dead-letter.replay', id, async () => {
      const { message_id } = await this.deadLetters.get(id);
      return toAccepted(message_id, await this.deadLetters.replay(id));
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove for good' })
  @ApiNoContentResponse()
  @ApiProblems(401, 403, 404, 503)
  remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    return this.access.onRecord(request, 'dead-letter.remove', id, async () => {
      if (!(await this.deadLetters.remove(id)))
        throw new ParleyError('not_found', 'unable to find dead letter; it is gone');
    });
  }
}

function toView({
  id,
  run_id,
  channel,
  message_id,
  reason,
  detail,
  attempts,
  generation,
  source,
  at,
}: DeadLetter): DeadLetterView {
  const when = new Date(at).toISOString();
  return { id, run_id, channel, message_id, reason, detail, attempts, generation, source, at: when };
}
