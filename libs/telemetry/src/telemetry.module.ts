// Gives every app its metrics, health and their two doors. Global, so that libs inject without importing.
import { Global, Module } from '@nestjs/common';
import { HealthController } from './health/health.controller.js';
import { HealthRegistry } from './health/health-registry.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';

@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    { provide: Metrics, useFactory: () => new Metrics().observeProcess() },
    {
      provide: HealthRegistry,
      inject: [Metrics],
      useFactory: (metrics: Metrics) => new HealthRegistry(metrics),
    },
  ],
  exports: [Metrics, HealthRegistry],
})
export class TelemetryModule {}
