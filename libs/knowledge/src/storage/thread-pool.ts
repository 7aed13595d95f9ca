// A few threads that do one thing each at a time: begun when there is work, ended when there was none for a while. One that dies, or that has to be
// ended, takes the work at which it died with it and nothing else.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface PoolLimits {
  /** What a thread runs: answers each message with one. */
  file: string;
  threads: number;
  /** Of one thread, MiB. */
  heap: number;
  /** For one piece of work. */
  ms: number;
  /** A thread without work ends after so long. */
  idleMs: number;
}

export class ThreadPool<Task, Answer> {
  private readonly resting = new Map<Worker, NodeJS.Timeout>();
  private readonly under = new Set<Promise<unknown>>();
  private readonly waiting: (() => void)[] = [];
  private free: number;
  private closing = false;

  constructor(private readonly limits: PoolLimits) {
    this.free = limits.threads;
  }

  /**
   * @param transfer memory that goes over instead of being copied
   * @throws Error of the thread that died: `ERR_WORKER_OUT_OF_MEMORY` or its own; `TimeoutError` when it took too long
   */
  run(task: Task, transfer: ArrayBuffer[] = []): Promise<Answer> {
    const done = this.take(task, transfer).finally(() => this.under.delete(done));
    this.under.add(done);
    return done;
  }

  /** Finishes what is under way and waits, then ends the threads. */
  async close(): Promise<void> {
    this.closing = true;
    while (this.under.size > 0) await Promise.allSettled(this.under);
    await Promise.all([...this.resting.keys()].map((worker) => worker.terminate()));
  }

  private async take(task: Task, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    const worker = this.awake() ?? this.begin();
    try {
      const answer = await this.ask(worker, task, transfer);
      this.rest(worker);
      return answer;
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private async ask(worker: Worker, task: Task, transfer: ArrayBuffer[]): Promise<Answer> {
    const answered = new AbortController();
    const end = AbortSignal.timeout(this.limits.ms);
    const signal = AbortSignal.any([answered.signal, end]);
    const message = once(worker, 'message', { signal });
    const exit = once(worker, 'exit', { signal }).then(([code]) => {
      throw new Error(`the thread ended with ${String(code)}`);
    });
    try {
      worker.postMessage(task, transfer);
      return ((await Promise.race([message, exit])) as [Answer])[0];
    } catch (error) {
      throw end.aborted ? end.reason : error;
    } finally {
      answered.abort();
    }
  }

  private begin(): Worker {
    const { file, heap } = this.limits;
    // It needs none of the secrets in the environment.
    const worker = new Worker(file, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heap },
    });
    // Whoever waits for it is told; without anybody it must not end the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      clearTimeout(this.resting.get(worker));
      this.resting.delete(worker);
    });
    return worker;
  }

  private awake(): Worker | undefined {
    const [worker] = [...this.resting.keys()].slice(-1);
    if (worker === undefined) return undefined;
    clearTimeout(this.resting.get(worker));
    this.resting.delete(worker);
    worker.ref();
    return worker;
  }

  private rest(worker: Worker): void {
    worker.unref();
    const idle = setTimeout(() => void worker.terminate(), this.closing ? 0 : this.limits.idleMs).unref();
    this.resting.set(worker, idle);
  }
}
