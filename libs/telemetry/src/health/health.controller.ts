// Probes. Liveness is the event loop alone: a dependency that is away must not make an orchestrator restart us.
import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OpenRoute } from '../http/open-route.js';
import { HealthRegistry } from './health-registry.js';
import type { HealthReport } from './part-status.js';

@OpenRoute()
@Controller('health')
export class HealthController {
  constructor(private readonly registry: HealthRegistry) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** 200 when up or degraded, 503 when down or stopping; the parts and their causes either way. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.registry.report();
    void reply.status(report.status === 'down' || report.status === 'stopping' ? 503 : 200);
    return report;
  }
}
