// Lets planned faults strike and mends what they broke, each noted with its begin and end. A fault whose target is
// in the hands of another one hits nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from '../history/recorder.js';
import type { Subscriber } from '../load/subscriber.js';
import type { AppProcess } from '../rig/app-process.js';
import type { Rig } from '../rig/rig.js';
import { AbandonedRuns } from './abandoned-runs.js';
import type { Fault } from './plan.js';

const ROLES: ReadonlySet<string> = new Set(['worker', 'ingress', 'delivery', 'gpt']);

export class Injector {
  private readonly held = new Set<string>();
  private readonly abandoned: AbandonedRuns;

  constructor(
    private readonly rig: Rig,
    private readonly subscribers: readonly Subscriber[],
    private readonly recorder: Recorder,
  ) {
    this.abandoned = new AbandonedRuns(rig, recorder);
  }

  /** Resolves when all have struck and are mended. */
  async play(faults: readonly Fault[]): Promise<void> {
    const started = performance.now();
    await Promise.all(
      faults.map(async (fault) => {
        await delay(Math.max(0, fault.after - (performance.now() - started)));
        await this.strike(fault);
      }),
    );
    await this.settled();
  }

  /** Resolves when it is known what the struck workers had in hand. */
  async settled(): Promise<void> {
    await this.abandoned.settled();
  }

  async strike(fault: Fault): Promise<void> {
    const { n, kind } = fault;
    const target = this.targetOf(fault);
    const note = { op: 'fault' as const, n, kind, target };
    this.recorder.note({ ...note, phase: 'invoke' });
    if (this.held.has(target)) return this.recorder.note({ ...note, phase: 'fail' });
    this.held.add(target);
    try {
      await this.carryOut(fault);
    } finally {
      this.held.delete(target);
      this.recorder.note({ ...note, phase: 'ok' });
      this.recorder.flush();
    }
  }

  private targetOf({ kind, target }: Fault): string {
    const [what] = kind.split('-') as [string];
    if (kind === 'worker-rolling') return 'workers';
    if (kind === 'gpt-extra') return kind;
    if (ROLES.has(what)) return this.app(what, target).name;
    if (what === 'sockets' || what === 'clients') return `${what}-${target % 2}`;
    return kind === 'pubsub-cut' ? 'pubsub' : what;
  }

  private app(role: string, target: number): AppProcess {
    const { workers, ingresses, deliveries, gptWorkers } = this.rig;
    const apps = { worker: workers, ingress: ingresses, delivery: deliveries, gpt: gptWorkers }[role] ?? [];
    return apps[target % apps.length]!;
  }

  private async carryOut(fault: Fault): Promise<void> {
    const { kind, target, ms } = fault;
    const { rig } = this;
    switch (kind) {
      case 'worker-kill':
      case 'gpt-kill':
        return this.killWorker(this.app(kind.split('-')[0]!, target), ms);
      case 'worker-freeze':
      case 'gpt-freeze':
        return this.freezeWorker(this.app(kind.split('-')[0]!, target), ms);
      case 'worker-stop':
      case 'gpt-stop':
      case 'ingress-stop':
      case 'delivery-stop':
        return this.replace(this.app(kind.split('-')[0]!, target));
      case 'worker-rolling':
        for (const worker of rig.workers) {
          if (this.held.has(worker.name)) continue;
          this.held.add(worker.name);
          await this.replace(worker).finally(() => this.held.delete(worker.name));
        }
        return;
      case 'ingress-kill':
      case 'delivery-kill': {
        const app = this.app(kind.split('-')[0]!, target);
        await app.kill9();
        await delay(ms / 2);
        return this.restart(app);
      }
      case 'redis-kill':
        rig.redisTruth = 'changing';
        await rig.redis.kill9();
        rig.redisTruth = 'down';
        await delay(ms / 2);
        rig.redisTruth = 'changing';
        await rig.redis.restart();
        rig.redisTruth = 'up';
        return;
      case 'redis-cut':
        return rig.redisProxy.cut();
      case 'redis-hole':
        rig.redisTruth = 'changing';
        rig.redisProxy.blackhole();
        await delay(ms);
        rig.redisProxy.heal();
        rig.redisTruth = 'up';
        return;
      case 'redis-slow':
        rig.redisProxy.latencyMs = 20 + (ms % 80);
        await delay(ms);
        rig.redisProxy.heal();
        return;
      case 'pubsub-cut':
        await rig.state.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
        return;
      case 'rabbit-kill':
        await rig.rabbit.kill9();
        return rig.rabbit.restart();
      case 'rabbit-cut':
        return rig.rabbitProxy.cut();
      case 'rabbit-hole':
        rig.rabbitProxy.blackhole();
        await delay(ms);
        return rig.rabbitProxy.heal();
      case 'gpt-extra': {
        const { extra } = rig.kafka!;
        await this.restart(extra);
        await delay(2 * ms);
        return extra.stop();
      }
      case 'kafka-kill':
        await rig.kafka!.broker.kill9();
        await delay(ms / 2);
        return rig.kafka!.broker.restart();
      case 'kafka-freeze':
        rig.kafka!.broker.freeze();
        await delay(ms);
        return rig.kafka!.broker.thaw();
      case 'sockets-cut':
        return rig.doors[target % rig.doors.length]!.cut();
      case 'clients-slow': {
        const slow = this.subscribers.filter((_, i) => i % 4 === target % 4);
        for (const { client } of slow) client.pause();
        await delay(ms);
        for (const { client } of slow) client.resume();
        return;
      }
      case 'upstream-500':
        return this.upstream('fail 500', ms);
      case 'upstream-429':
        return this.upstream('fail 429', ms);
      case 'upstream-hang':
        return this.upstream('hang before ms=800', ms);
      case 'upstream-cut':
        return this.upstream('cut after 2', ms);
      default:
        return kind satisfies never;
    }
  }

  private async killWorker(worker: AppProcess, ms: number): Promise<void> {
    const holdings = await this.abandoned.before();
    const since = Date.now();
    await worker.kill9();
    this.abandoned.after(holdings, since);
    await delay(ms / 2);
    await this.restart(worker);
  }

  private async freezeWorker(worker: AppProcess, ms: number): Promise<void> {
    const holdings = await this.abandoned.before();
    const since = Date.now();
    worker.freeze();
    this.abandoned.after(holdings, since);
    await delay(ms);
    worker.thaw();
  }

  private async replace(app: AppProcess): Promise<void> {
    await app.stop();
    await this.restart(app);
  }

  private async restart(app: AppProcess): Promise<void> {
    await app.start();
    // On a busy machine this takes its time; mend() sees to whatever is not there at the end.
    await app.untilLive().catch(() => undefined);
  }

  private async upstream(directive: string, ms: number): Promise<void> {
    await this.rig.emulator.rule(directive);
    await delay(ms);
    await this.rig.emulator.clearRules();
  }
}
