// A channel's conversation as a vCon, and a vCon's conversation as a channel's.
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { validate } from '#contracts';
import { ChannelVcons } from '#knowledge';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { ApiProblems } from '../docs/api-problems.js';
import { accountOptions, ApiAccount } from '../vcons/vcon.dto.js';
import { StartThreadDto, StartedThreadView } from './channel-vcon.dto.js';

@ApiTags('channels', 'vcons')
@Controller()
export class ChannelVconController {
  constructor(
    private readonly access: RequestAccess,
    private readonly vcons: ChannelVcons,
  ) {}

  @Get('channels/:channel/vcon')
  @Needs('channels:read')
  @ApiOperation({
    summary: 'The conversation of a channel as a vCon',
    description:
      'Unsigned, with a text dialog for each message. The same thread always has the same uuid, so that a later export can replace an earlier one.',
  })
  @ApiParam({ name: 'channel', example: 'demo' })
  @ApiProduces('application/vcon+json')
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems(400, 401, 403, 404, 413, 502, 503)
  async export(
    @Param('channel') channel: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const ref = this.access.channel(request, 'read', channel);
    const vcon = await this.vcons.export(ref);
    void reply.header('content-type', 'application/vcon+json');
    return JSON.stringify(vcon);
  }

  @Post('vcons/:uuid/thread')
  @Needs('vcons:read')
  @ApiOperation({
    summary: 'Begin a channel’s conversation with what a saved vCon says',
    description:
      'Its text dialogs become the past of a channel that has no thread; the next message there is answered with them in mind. Needs `channels:write` for the channel too.',
  })
  @ApiAccount()
  @ApiBody({ type: StartThreadDto })
  @ApiCreatedResponse({ type: StartedThreadView })
  @ApiProblems(400, 401, 403, 404, 409, 410, 413, 415, 422, 502, 503)
  async begin(@Param('uuid') uuid: string, @Req() request: FastifyRequest): Promise<StartedThreadView> {
    const { channel } = validate(StartThreadDto, request.body, 'refuse');
    const ref = this.access.channel(request, 'write', channel);
    return this.vcons.begin(ref, uuid, accountOptions(request));
  }
}
