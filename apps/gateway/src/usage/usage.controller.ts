// What has been used and what may still be. A tenant sees its own; an operator (`admin` in the token) any.
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { EVERYBODY, LEDGER_COLUMNS, LimitStanding, UsageLedger, USAGE_COLUMNS, UsageReports } from '#usage';
import { principalOf } from '../access/request-principal.js';
import { Needs } from '../access/needs.decorator.js';
import { ApiProblems } from '../docs/api-problems.js';
import { sendRows } from './send-rows.js';
import {
  ApiRangeQuery,
  ApiTenantQuery,
  LedgerQuery,
  LimitsQuery,
  readQuery,
  UsageQuery,
} from './usage.query.js';
import { LedgerPageView, LimitsView, UsagePageView } from './usage.views.js';

@ApiTags('usage')
@Needs('usage:read')
@Controller('usage')
export class UsageController {
  constructor(
    private readonly reports: UsageReports,
    private readonly ledger: UsageLedger,
    private readonly standing: LimitStanding,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Sums by user, tenant, model, assistant, kind, day or month',
    description:
      'Sums of settled calls, kept for USAGE_RETENTION_DAYS. As CSV with `Accept: text/csv`; the next page is then in `Link`.',
  })
  @ApiRangeQuery()
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: UsagePageView })
  @ApiProblems(400, 401, 403, 503)
  async page(
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UsagePageView | string> {
    const asked = readQuery(UsageQuery, query);
    const page = await this.reports.page({ ...asked, tenant: tenantOf(request, asked.tenant) });
    return sendRows(request, reply, page, USAGE_COLUMNS);
  }

  @Get('ledger')
  @ApiOperation({
    summary: 'Single calls, newest first',
    description: 'A row for each settled call, kept for LEDGER_RETENTION_DAYS. CSV as above.',
  })
  @ApiRangeQuery()
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: LedgerPageView })
  @ApiProblems(400, 401, 403, 503)
  async rows(
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LedgerPageView | string> {
    const asked = readQuery(LedgerQuery, query);
    const tenant = oneTenant(request, asked.tenant);
    return sendRows(request, reply, await this.ledger.page({ ...asked, tenant }), LEDGER_COLUMNS);
  }

  @Get('limits')
  @ApiOperation({ summary: 'How the limits stand, of the service, the tenant and, if asked for, a user' })
  @ApiTenantQuery()
  @ApiOkResponse({ type: LimitsView })
  @ApiProblems(400, 401, 403, 503)
  async limits(@Query() query: unknown, @Req() request: FastifyRequest): Promise<LimitsView> {
    const asked = readQuery(LimitsQuery, query);
    const tenant = oneTenant(request, asked.tenant);
    const items = await this.standing.of(tenant, asked.user);
    const others = (await this.reports.tenants()).some((name) => name !== principalOf(request).tenant);
    if (!others || isOperator(request)) return { items };
    return {
      items: items.map((item) => {
        if (item.scope !== 'service') return item;
        const { used: _used, held: _held, ...shown } = item;
        return shown;
      }),
    };
  }
}

const isOperator = (request: FastifyRequest): boolean => principalOf(request).scopes.has('admin');

/** @throws ParleyError `forbidden` when somebody else's is asked for */
function tenantOf(request: FastifyRequest, asked: string | undefined): string {
  const { tenant } = principalOf(request);
  if (asked !== undefined && asked !== tenant && !isOperator(request))
    throw new ParleyError('forbidden', 'unable to read usage; another tenant needs admin');
  return asked ?? tenant;
}

/** @throws ParleyError `forbidden`, `invalid_request` */
function oneTenant(request: FastifyRequest, asked: string | undefined): string {
  const tenant = tenantOf(request, asked);
  if (tenant === EVERYBODY)
    throw new ParleyError('invalid_request', 'unable to read usage; one tenant at a time', {
      details: ['tenant must be a name'],
    });
  return tenant;
}
