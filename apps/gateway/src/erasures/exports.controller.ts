// Everything that is kept of a user or a channel, one JSON object a line. Administrators only, of their own tenant.
import { Readable } from 'node:stream';
import { Controller, Get, Param, Req, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Subject } from '#contracts';
import { Erasures } from '#retention';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { toSubject } from './erasure.dto.js';

const NDJSON = 'application/x-ndjson';

@ApiTags('erasures')
@Needs('admin')
@Controller()
export class ExportsController {
  constructor(
    private readonly erasures: Erasures,
    private readonly access: RequestAccess,
  ) {}

  @Get('users/:user/export')
  @ApiOperation({ summary: 'Everything that is kept of a user, with the store that keeps it' })
  @ApiProduces(NDJSON)
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(400, 401, 403, 404, 503)
  user(@Param('user') user: string, @Req() request: FastifyRequest): Promise<StreamableFile> {
    return this.send(request, toSubject(principalOf(request).tenant, { user }));
  }

  @Get('channels/:channel/export')
  @ApiOperation({ summary: 'Everything that is kept of a channel, with the store that keeps it' })
  @ApiProduces(NDJSON)
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(400, 401, 403, 404, 503)
  channel(@Param('channel') channel: string, @Req() request: FastifyRequest): Promise<StreamableFile> {
    return this.send(request, toSubject(principalOf(request).tenant, { channel }));
  }

  /** The first piece is read before anything is sent, so that a state out of reach is still an error. */
  private async send(request: FastifyRequest, subject: Subject): Promise<StreamableFile> {
    this.access.administers(request, subject);
    const object = `${subject.kind}:${this.erasures.digestOf(subject)}`;
    const pieces = this.erasures.export(subject);
    const first = await this.access.onRecord(request, `${subject.kind}.export`, object, () => pieces.next());
    const lines = async function* (): AsyncGenerator<string> {
      for (let piece = first; !piece.done; piece = await pieces.next())
        yield `${JSON.stringify(piece.value)}\n`;
    };
    return new StreamableFile(Readable.from(lines()), {
      type: `${NDJSON}; charset=utf-8`,
      disposition: 'attachment; filename="export.ndjson"',
    });
  }
}
