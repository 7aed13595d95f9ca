// GET /health: the four documented checks in one look, for monitors. Whether to restart a worker, or send it work, is
// /health/live and /health/ready, which a slow provider or a long queue must not decide.
import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HealthRegistry, OpenRoute } from '#telemetry';

/** Documented name → the part of health that it is. */
const CHECKS = {
  openai_api: 'openai',
  kafka_broker: 'kafka_broker',
  memory_usage: 'memory_usage',
  queue_depth: 'queue_depth',
} as const;

type Check = keyof typeof CHECKS;

export interface ChecksView {
  status: 'healthy' | 'unhealthy';
  /** True when all is well with it; a check that found no answer is false. */
  checks: Record<Check, boolean>;
  /** Why, of those that are false. */
  causes: Partial<Record<Check, string>>;
  /** ISO 8601, UTC. */
  timestamp: string;
}

@OpenRoute()
@Controller('health')
export class ChecksController {
  constructor(private readonly registry: HealthRegistry) {}

  /** 200 when all four are true, else 503. */
  @Get()
  @Header('Cache-Control', 'no-store')
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<ChecksView> {
    const { parts } = await this.registry.report();
    const of = (check: Check) => parts.find(({ name }) => name === CHECKS[check]);
    const names = Object.keys(CHECKS) as Check[];
    const checks = Object.fromEntries(names.map((name) => [name, of(name)?.status === 'up']));
    const bad = names.filter((name) => !checks[name]);
    void reply.status(bad.length === 0 ? 200 : 503);
    return {
      status: bad.length === 0 ? 'healthy' : 'unhealthy',
      checks: checks as Record<Check, boolean>,
      causes: Object.fromEntries(bad.map((name) => [name, of(name)?.cause ?? 'not known yet'])),
      timestamp: new Date().toISOString(),
    };
  }
}
