// POST a message to a channel; read what was said there.
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Intake } from '#runs';
import { inSpan } from '#telemetry';
import { ThreadStore, TranscriptStore } from '#threads';
import { ApiProblems } from '../docs/api-problems.js';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiPageQuery, pageQuery } from '../page-query.js';
import { AcceptedView, MessagePageView } from './message.views.js';
import { SubmissionDto } from './submission.dto.js';
import { toAccepted } from './to-accepted.js';
import { toSubmission } from './to-submission.js';

@ApiTags('channels')
@ApiParam({
  name: 'channel',
  description: 'Any text of 1 to 512 characters without control characters, URL-encoded.',
  example: 'demo',
})
@Controller('channels/:channel/messages')
export class MessagesController {
  constructor(
    private readonly access: RequestAccess,
    private readonly intake: Intake,
    private readonly threads: ThreadStore,
    private readonly transcript: TranscriptStore,
  ) {}

  @Post()
  @Needs('channels:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send a message',
    description:
      'Answers when the message is durable. The answer to it streams to the subscribers of the channel; `cursor` is where to read on.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The message_id when the body has none.',
  })
  @ApiBody({ type: SubmissionDto })
  @ApiAcceptedResponse({
    type: AcceptedView,
    headers: { Location: { description: 'The run.', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 429, 503)
  send(
    @Param('channel') channel: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedView> {
    const parent = request.headers['traceparent'];
    return inSpan('intake', { kind: 'SERVER', ...(typeof parent === 'string' && { parent }) }, async () => {
      const command = toSubmission(this.access.channel(request, 'write', channel), request);
      const admission = await this.intake.submit(command);
      void reply.header('location', `/runs/${admission.run_id}`);
      return toAccepted(command.message_id, admission);
    });
  }

  @Get()
  @Needs('channels:read')
  @ApiOperation({ summary: 'Read the conversation, page by page' })
  @ApiPageQuery()
  @ApiOkResponse({ type: MessagePageView })
  @ApiProblems(400, 401, 403, 404, 503)
  async history(
    @Param('channel') channel: string,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
  ): Promise<MessagePageView> {
    const page = pageQuery(query);
    const ref = this.access.channel(request, 'read', channel);
    const thread = await this.threads.find(ref);
    if (!thread) return { items: [] };
    await this.threads.touch(ref);
    return this.transcript.page(thread, page);
  }
}
