// Which assistant a channel chose.
import { Controller, Delete, Get, HttpCode, Param, Put, Req } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ChannelAssistants, type ChannelAssistant } from '#assistants';
import { channelObject } from '#auth';
import { ParleyError, validate } from '#contracts';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AssistantAccess } from './assistant-access.js';
import { ChannelAssistantDto } from './assistant.dto.js';
import { ChannelAssistantView } from './assistant.views.js';

@ApiTags('channels')
@Controller('channels/:channel/assistant')
export class ChannelAssistantController {
  constructor(
    private readonly channels: RequestAccess,
    private readonly access: AssistantAccess,
    private readonly chosen: ChannelAssistants,
  ) {}

  @Get()
  @Needs('channels:read')
  @ApiOperation({ summary: 'What the channel chose' })
  @ApiOkResponse({ type: ChannelAssistantView })
  @ApiProblems(400, 401, 403, 404, 503)
  async get(
    @Param('channel') channel: string,
    @Req() request: FastifyRequest,
  ): Promise<ChannelAssistantView> {
    const choice = await this.chosen.get(this.channels.channel(request, 'read', channel));
    if (choice === undefined)
      throw new ParleyError('not_found', 'unable to find choice; the channel made none');
    return choice;
  }

  @Put()
  @Needs('assistants:write')
  @ApiOperation({
    summary: 'Choose a purpose, an assistant, or one version of it',
    description: 'New runs of the channel get it; while it does not exist, the current assistant.',
  })
  @ApiBody({ type: ChannelAssistantDto })
  @ApiOkResponse({ type: ChannelAssistantView })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async set(
    @Param('channel') channel: string,
    @Req() request: FastifyRequest,
  ): Promise<ChannelAssistantView> {
    const ref = this.channels.channel(request, 'write', channel);
    const choice = toChoice(validate(ChannelAssistantDto, request.body, 'refuse'));
    await this.access.change(request, 'choose', channelObject(ref.tenant, ref.channel), () =>
      this.chosen.set(ref, choice),
    );
    return choice;
  }

  @Delete()
  @Needs('assistants:write')
  @HttpCode(204)
  @ApiOperation({ summary: 'Go back to the current assistant' })
  @ApiNoContentResponse()
  @ApiProblems(400, 401, 403, 404, 503)
  async remove(@Param('channel') channel: string, @Req() request: FastifyRequest): Promise<void> {
    const ref = this.channels.channel(request, 'write', channel);
    await this.access.change(request, 'unchoose', channelObject(ref.tenant, ref.channel), async () => {
      if (!(await this.chosen.delete(ref)))
        throw new ParleyError('not_found', 'unable to remove choice; the channel made none');
    });
  }
}

function toChoice({ purpose, assistant_id, version }: ChannelAssistantDto): ChannelAssistant {
  if (purpose !== undefined && assistant_id === undefined && version === undefined) return { purpose };
  if (purpose === undefined && assistant_id !== undefined)
    return { assistant_id, ...(version !== undefined && { version }) };
  throw new ParleyError('invalid_request', 'unable to choose assistant', {
    details: ['either purpose, or assistant_id with or without version, must be given'],
  });
}
