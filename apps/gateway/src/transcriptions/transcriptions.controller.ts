// Recordings written down: handed over as a form, looked at, heard while they are made, cancelled, deleted.
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import {
  DocumentJobs,
  renderTranscript,
  Transcriptions,
  type KeptRecording,
  type TranscriptionJob,
} from '#documents';
import { Needs } from '../access/needs.decorator.js';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiDocumentEvents, streamDocument } from '../events/stream-document.js';
import { rawForm } from '../forms/raw-forms.js';
import { readForm } from '../forms/read-form.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import { optionsOf, TRANSCRIPTION_FORM } from './transcription.dto.js';
import {
  toTranscriptionView,
  TranscriptionCancelView,
  TranscriptionPageView,
  TranscriptionView,
} from './transcription.views.js';

const FORM_LIMITS = { files: 1, fields: 250, fieldBytes: 8_192 };

@ApiTags('transcriptions')
@Controller('transcriptions')
export class TranscriptionsController {
  constructor(
    private readonly transcriptions: Transcriptions,
    private readonly jobs: DocumentJobs,
    private readonly access: RequestAccess,
  ) {}

  @Post()
  @HttpCode(202)
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Write a recording down',
    description:
      'The answer 202 means: kept, and written down in a moment. The text is under `GET /transcriptions/{id}`, and comes by `/events` while it is made.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: TRANSCRIPTION_FORM as never })
  @ApiAcceptedResponse({ type: TranscriptionView })
  @ApiProblems(400, 401, 403, 413, 415, 429, 503)
  async create(@Req() request: FastifyRequest): Promise<TranscriptionView> {
    const { tenant, subject } = principalOf(request);
    const [kept, options] = await this.receive(request, tenant);
    return toTranscriptionView(await this.transcriptions.create(kept, options, subject));
  }

  @Get()
  @Needs('documents:read')
  @ApiOperation({ summary: 'List' })
  @ApiPageQuery()
  @ApiOkResponse({ type: TranscriptionPageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown, @Req() request: FastifyRequest): Promise<TranscriptionPageView> {
    const page = await this.transcriptions.list(principalOf(request).tenant, pageQuery(query));
    return toPage(page, toTranscriptionView);
  }

  @Get(':id')
  @Needs('documents:read')
  @ApiOperation({ summary: 'State and text' })
  @ApiOkResponse({ type: TranscriptionView })
  @ApiProblems(401, 403, 404, 503)
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<TranscriptionView> {
    return toTranscriptionView(await this.find(request, id));
  }

  @Get(':id/transcript')
  @Needs('documents:read')
  @ApiOperation({ summary: 'The transcript in the form that was asked for' })
  @ApiProduces('application/json', 'text/plain', 'application/x-subrip', 'text/vtt')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(401, 403, 404, 503)
  async transcript(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const job = await this.find(request, id);
    if (job.result === undefined)
      throw new ParleyError('not_found', 'unable to show transcript; there is none (yet)');
    const { mediatype, body } = renderTranscript(job.result.transcript, job.request.wishes.format);
    // What was said may look like a page; nobody is to open it as one.
    void reply.headers({ 'content-type': mediatype, 'content-disposition': 'attachment' });
    return body;
  }

  @Get(':id/events')
  @Needs('documents:read')
  @ApiDocumentEvents('`state`, `progress` (pieces), `text` (the next piece of it)')
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.find(request, id);
    await streamDocument(this.jobs, id, request, reply);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('documents:write')
  @ApiOperation({ summary: 'Cancel: a waiting one ends at once, a running one is told to stop' })
  @ApiOkResponse({ type: TranscriptionCancelView })
  @ApiProblems(401, 403, 404, 409, 503)
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest): Promise<TranscriptionCancelView> {
    const outcome = await this.transcriptions.cancel(principalOf(request).tenant, id);
    if (outcome === 'not_found') throw unknown();
    if (outcome === 'already_finished')
      throw new ParleyError('already_finished', 'unable to cancel transcription; it has ended');
    return { id, outcome };
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('documents:write')
  @ApiOperation({
    summary: 'Delete all that is kept of it',
    description: 'Also its file in a vector store; not the analysis that a vCon got.',
  })
  @ApiNoContentResponse()
  @ApiProblems(401, 403, 404, 502, 503)
  async delete(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    const { tenant } = principalOf(request);
    await this.access.onRecordWhereFound(request, 'transcription.delete', id.slice(0, 60), async () => {
      if (!(await this.transcriptions.delete(tenant, id))) throw unknown();
    });
  }

  private async receive(request: FastifyRequest, tenant: string): Promise<[KeptRecording, object]> {
    let kept: KeptRecording | undefined;
    try {
      const fields = await readForm(rawForm(request), FORM_LIMITS, async ({ file, signal }) => {
        if (file.field !== 'file') throw misnamed();
        kept = await this.transcriptions.keep(tenant, file.body, signal);
      });
      return [kept!, optionsOf(fields)];
    } catch (error) {
      // What cannot be removed now is found by its note.
      if (kept !== undefined) await this.transcriptions.discard(kept).catch(() => undefined);
      throw error;
    }
  }

  private async find(request: FastifyRequest, id: string): Promise<TranscriptionJob> {
    const job = await this.transcriptions.get(principalOf(request).tenant, id);
    if (job === undefined) throw unknown();
    return job;
  }
}

const misnamed = (): ParleyError =>
  new ParleyError('invalid_request', 'unable to read form; it has no recording', {
    details: ['the file must be named file'],
  });

const unknown = (): ParleyError => new ParleyError('not_found', 'unable to find transcription');
