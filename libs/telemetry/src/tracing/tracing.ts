// Starts and stops the trace SDK. Without a collector it is not even loaded, and the API's no-ops remain.
import { context, trace } from '@opentelemetry/api';

export class Tracing {
  private constructor(private readonly shutdown: () => Promise<void>) {}

  /**
   * @param service name of the app in the traces
   * @param endpoint base URL of an OTLP/HTTP collector (`/v1/traces` is appended); empty = off
   */
  static async start(service: string, endpoint: string): Promise<Tracing> {
    if (endpoint === '') return new Tracing(() => Promise.resolve());
    const [sdk, exporting, hooks, resources] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
    ]);
    const exporter = new exporting.OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    const provider = new sdk.TracerProvider({
      resource: resources.resourceFromAttributes({ 'service.name': service }),
      spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
    });
    context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    return new Tracing(() => provider.shutdown());
  }

  /** Sends what is left. A collector that is away must not hold up the stop: failures are dropped. */
  async stop(): Promise<void> {
    await this.shutdown().catch(() => undefined);
  }
}
