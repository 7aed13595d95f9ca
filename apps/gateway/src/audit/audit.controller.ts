// What was done by whom. Administrators only; nothing here changes anything.
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '#auth';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { ApiPageQuery, pageQuery, toPage } from '../page-query.js';
import { AuditPageView, toAuditView } from './audit.views.js';

@ApiTags('audit')
@Needs('admin')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'List, oldest first unless asked otherwise' })
  @ApiPageQuery()
  @ApiOkResponse({ type: AuditPageView })
  @ApiProblems(400, 401, 403, 503)
  async list(@Query() query: unknown): Promise<AuditPageView> {
    return toPage(await this.audit.page(pageQuery(query)), toAuditView);
  }
}
