// The way down: readiness first, then the modules in their order, then the process. A second signal ends it at once,
// which is as safe as a crash.
import type { Logger } from 'pino';

export interface StopPlan {
  /** Turns readiness off. */
  announce(): void;
  /** Time in ms during which load balancers notice, while everything is still served. */
  drainMs: number;
  /** Closes the app: modules, transports, connections. */
  close(signal: string): Promise<void>;
  /** After this many ms without success the process ends with code 1. */
  limitMs: number;
  logger: Logger;
}

export function stopOnSignals(
  plan: StopPlan,
  exit: (code: number) => void = (code) => process.exit(code),
): void {
  let stopping = false;
  const onSignal = (signal: string): void => {
    if (stopping) {
      plan.logger.warn({ signal }, 'second signal; ending now');
      exit(1);
      return;
    }
    stopping = true;
    void stop(plan, signal, exit).then(exit);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function stop(
  { announce, drainMs, close, limitMs, logger }: StopPlan,
  signal: string,
  exit: (code: number) => void,
): Promise<number> {
  const begun = Date.now();
  logger.info({ signal }, 'stopping');
  announce();
  const overdue = setTimeout(() => {
    logger.error({ ms: limitMs }, 'stopping took too long; ending now');
    exit(1);
  }, limitMs + drainMs).unref();
  try {
    if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
    await close(signal);
    logger.info({ ms: Date.now() - begun }, 'stopped');
    return 0;
  } catch (error) {
    logger.error({ err: error }, 'unable to stop cleanly');
    return 1;
  } finally {
    clearTimeout(overdue);
  }
}
