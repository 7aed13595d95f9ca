// Assistants as plain resources. A change may say by If-Match which version it was made on.
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssistantRegistry, mergeSettings, readConfig, type Assistant } from '#assistants';
import { OpenaiConfig } from '#config';
import { isPlainObject, ParleyError, validate } from '#contracts';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AssistantAccess } from './assistant-access.js';
import { AssistantQuery, ConfigBody, NewAssistantBody, NewAssistantDto } from './assistant.dto.js';
import { AssistantPageView, AssistantView } from './assistant.views.js';
import { etag, ifMatch } from './if-match.js';
import { toAssistantView } from './to-assistant-view.js';
import { ApiPageQuery } from '../page-query.js';

const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag that the change was made on.' };

@ApiTags('assistants')
@Controller('assistants')
export class AssistantsController {
  constructor(
    private readonly access: AssistantAccess,
    private readonly registry: AssistantRegistry,
    private readonly openai: OpenaiConfig,
  ) {}

  @Get()
  @Needs('assistants:read')
  @ApiOperation({ summary: 'List, newest first' })
  @ApiPageQuery()
  @ApiQuery({ name: 'purpose', required: false })
  @ApiOkResponse({ type: AssistantPageView })
  @ApiProblems(400, 401, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<AssistantPageView> {
    const { tenant } = this.access.asker(request);
    const { limit, order, after, purpose } = validate(AssistantQuery, query);
    const page = await this.registry.list(tenant, {
      limit,
      order,
      ...(after !== undefined && { after }),
      ...(purpose !== undefined && { purpose }),
    });
    return {
      items: page.items.map(toAssistantView),
      ...(page.next !== undefined && { next: page.next }),
    };
  }

  @Post()
  @Needs('assistants:write')
  @HttpCode(201)
  @ApiOperation({ summary: 'Make one', description: 'The first of its purpose becomes the current one.' })
  @ApiBody({ type: NewAssistantBody })
  @ApiCreatedResponse({ type: AssistantView })
  @ApiProblems(400, 401, 403, 413, 415, 503)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssistantView> {
    const { purpose, current, ...config } = bodyOf(request);
    const how = validate(NewAssistantDto, {
      ...(purpose !== undefined && { purpose }),
      ...(current !== undefined && { current }),
    });
    const settings = mergeSettings(
      { model: this.openai.model },
      readConfig(config, this.access.asker(request).tenant),
    );
    const made = await this.access.change(request, 'create', how.purpose, ({ tenant, by }) =>
      this.registry.create(tenant, { ...how, settings, origin: 'user', by }),
    );
    void reply.header('location', `/assistants/${made.id}`);
    return tagged(reply, made);
  }

  @Get(':id')
  @Needs('assistants:read')
  @ApiOperation({ summary: 'One' })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(401, 404, 503)
  async get(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssistantView> {
    return tagged(reply, await this.registry.get(this.access.asker(request).tenant, id));
  }

  @Patch(':id')
  @Needs('assistants:write')
  @ApiOperation({ summary: 'Change some fields', description: 'Makes a new version, which new runs get.' })
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: ConfigBody })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  async patch(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssistantView> {
    const config = readConfig(request.body, this.access.asker(request).tenant);
    const made_on = expected(request);
    const changed = await this.access.change(request, 'update', id, ({ tenant, by }) =>
      this.registry.update(tenant, id, config, { by, why: 'changed', ...made_on }),
    );
    return tagged(reply, changed);
  }

  @Put(':id')
  @Needs('assistants:write')
  @ApiOperation({
    summary: 'Replace all fields',
    description: 'Fields that are left out get their defaults.',
  })
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: ConfigBody })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  async put(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssistantView> {
    const settings = mergeSettings(
      { model: this.openai.model },
      readConfig(request.body, this.access.asker(request).tenant),
    );
    const made_on = expected(request);
    const changed = await this.access.change(request, 'replace', id, ({ tenant, by }) =>
      this.registry.replace(tenant, id, settings, { by, why: 'replaced', ...made_on }),
    );
    return tagged(reply, changed);
  }

  @Put(':id/current')
  @Needs('assistants:write')
  @ApiOperation({ summary: 'Make it the current one of its purpose' })
  @ApiOkResponse({ type: AssistantView })
  @ApiProblems(401, 403, 404, 503)
  async makeCurrent(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssistantView> {
    const made = await this.access.change(request, 'make-current', id, ({ tenant }) =>
      this.registry.makeCurrent(tenant, id),
    );
    return tagged(reply, made);
  }

  @Delete(':id')
  @Needs('assistants:write')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete', description: 'Runs that began with it keep it.' })
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse()
  @ApiProblems(400, 401, 403, 404, 409, 503)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    const { expected: version } = expected(request);
    await this.access.change(request, 'delete', id, async ({ tenant }) => {
      if (!(await this.registry.delete(tenant, id, version)))
        throw new ParleyError('not_found', 'unable to delete assistant; it is gone');
    });
  }
}

function bodyOf({ body }: FastifyRequest): Record<string, unknown> {
  if (isPlainObject(body)) return body as Record<string, unknown>;
  throw new ParleyError('invalid_request', 'unable to read request; not an object');
}

function expected({ headers }: FastifyRequest): { expected?: number } {
  const version = ifMatch(headers['if-match']);
  return version === undefined ? {} : { expected: version };
}

function tagged(reply: FastifyReply, assistant: Assistant): AssistantView {
  void reply.header('etag', etag(assistant.version));
  return toAssistantView(assistant);
}
