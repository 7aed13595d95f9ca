// One-use tickets for WebSockets of browsers.
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Tickets } from '#auth';
import { Needs } from '../access/needs.decorator.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { TicketView } from './ticket.views.js';

@ApiTags('access')
@Needs('token')
@Controller('ws-tickets')
export class TicketsController {
  constructor(private readonly tickets: Tickets) {}

  @Post()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Get a ticket for a WebSocket',
    description:
      'Good for 30 seconds and one connection, from the same Origin when the request names one. Send it as the subprotocols `ticket, <ticket>` or in a frame `{"action":"authenticate","ticket"}`.',
  })
  @ApiCreatedResponse({ type: TicketView })
  @ApiProblems(401, 503)
  issue(@Req() request: FastifyRequest): Promise<TicketView> {
    return this.tickets.issue(principalOf(request), request.headers.origin);
  }
}
