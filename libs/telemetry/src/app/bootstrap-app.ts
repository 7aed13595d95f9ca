// Brings one app up the same way everywhere: configuration or a clear refusal, logger, traces, HTTP with health and
// metrics, then whatever runs in the background, and down again in order.
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { ConfigError, ConfigModule, ServerConfig, type ConfigClass } from '#config';
import { HealthRegistry } from '../health/health-registry.js';
import type { ErrorForm } from '../http/error-form.js';
import { httpAdapter } from '../http/http-adapter.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { observeRequests } from '../http/request-hooks.js';
import { createLogger } from '../logging/create-logger.js';
import { nestLogger } from '../logging/nest-logger.js';
import { Metrics } from '../metrics/metrics.js';
import { TelemetryModule } from '../telemetry.module.js';
import { Tracing } from '../tracing/tracing.js';
import { loadAppConfig, reportConfig, type AppConfig } from './load-app-config.js';
import { stopOnSignals } from './stop-on-signals.js';

const DRAIN_MS = 5_000;
const STOP_MARGIN_MS = 30_000;

export interface AppOptions {
  /** In logs and traces. */
  name: string;
  /** Used when PORT is not set. */
  defaultPort: number;
  /** Config classes of this app; ServerConfig is always there. All become injectable. */
  configs: readonly ConfigClass[];
  module: (config: AppConfig) => Type | DynamicModule;
  /** Of paths whose errors are not told as problem+json. */
  errorForms?: readonly ErrorForm[];
  /** Before HTTP listens: adapters, hooks, documents. */
  prepare?: (app: NestFastifyApplication, config: AppConfig) => void | Promise<void>;
  /** After HTTP listens, never awaited: transports that connect by themselves. A rejection ends the process. */
  background?: (app: NestFastifyApplication, config: AppConfig) => Promise<unknown>;
  /** First step of a stop, before the modules' own hooks: what must not take in anything any more. */
  stopping?: (app: NestFastifyApplication) => Promise<unknown>;
}

class Root {}

/** Resolves when HTTP listens. A wrong configuration or a taken port ends the process with code 1 and one clear text. */
export async function bootstrapApp(options: AppOptions): Promise<void> {
  try {
    await start(options);
  } catch (error) {
    process.stderr.write(`${startFault(options.name, error)}\n`);
    process.exit(1);
  }
}

async function start(options: AppOptions): Promise<void> {
  const config = loadAppConfig(options.configs, process.env);
  const server = config.get(ServerConfig);
  const logger = createLogger({ name: options.name, level: server.logLevel });
  endOnStrayErrors(logger);
  reportConfig(config, process.env, logger);
  const tracing = await Tracing.start(options.name, server.otlpEndpoint);

  const filter = new ProblemFilter(options.errorForms);
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: Root,
      imports: [ConfigModule.of(config.instances), TelemetryModule, options.module(config)],
    },
    httpAdapter(filter),
    { logger: nestLogger(logger), bodyParser: false, abortOnError: false },
  );
  app.useGlobalFilters(filter);
  observeRequests(app, app.get(Metrics));
  await options.prepare?.(app, config);

  const health = app.get(HealthRegistry);
  stopOnSignals({
    announce: () => health.stop(),
    drainMs: server.production ? DRAIN_MS : 0,
    limitMs: server.shutdownGraceMs + STOP_MARGIN_MS,
    logger,
    close: async () => {
      await options.stopping?.(app);
      await app.close();
      await tracing.stop();
    },
  });
  const port = server.port ?? options.defaultPort;
  await app.listen(port, server.host);
  health.watch();
  logger.info({ port: listeningPort(app) ?? port }, `${options.name} listens`);
  options.background?.(app, config).catch((error: unknown) => {
    logger.fatal({ err: error }, 'unable to go on; a background part failed');
    process.exit(1);
  });
}

/** Nothing is lost by ending: what was acknowledged is on disk, and another process goes on with it. */
function endOnStrayErrors(logger: Logger): void {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error, reason: event }, 'unable to go on; an error was not handled');
      process.exit(1);
    });
}

function startFault(name: string, error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `unable to start ${name}; port ${port} is in use (set PORT)`;
  return `unable to start ${name}; ${String(message).split('\n')[0]}`;
}

function listeningPort(app: NestFastifyApplication): number | undefined {
  const address = app.getHttpServer().address() as { port: number } | string | null;
  return typeof address === 'object' ? address?.port : undefined;
}
