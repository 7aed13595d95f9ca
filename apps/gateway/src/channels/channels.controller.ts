// What a channel is bound to right now.
import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { RunStore } from '#runs';
import { ThreadStore } from '#threads';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { toRunView } from '../runs/to-run-view.js';
import { ChannelView } from './channel.views.js';

@ApiTags('channels')
@Controller('channels/:channel')
export class ChannelsController {
  constructor(
    private readonly access: RequestAccess,
    private readonly threads: ThreadStore,
    private readonly runs: RunStore,
  ) {}

  @Get()
  @Needs('channels:read')
  @ApiOperation({ summary: 'The thread of a channel and its current run' })
  @ApiParam({ name: 'channel', example: 'demo' })
  @ApiOkResponse({ type: ChannelView })
  @ApiProblems(400, 401, 403, 404, 503)
  async get(@Param('channel') channel: string, @Req() request: FastifyRequest): Promise<ChannelView> {
    const ref = this.access.channel(request, 'read', channel);
    const [thread, current] = await Promise.all([this.threads.find(ref), this.runs.current(ref)]);
    if (!thread) throw new ParleyError('not_found', 'unable to find channel; it has no thread');
    return {
      channel: ref.channel,
      thread_id: thread.id,
      created_at: new Date(thread.created_at).toISOString(),
      last_message_at: new Date(thread.last_message_at).toISOString(),
      message_count: thread.message_count,
      ...(current && { current_run: toRunView(current) }),
    };
  }
}
