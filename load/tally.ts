// What became of each request: which are out, how long their answers took, and which came twice. Pure; times are ms of one clock.

/** The part of an answer's `value` that is looked at. */
export interface AnswerValue {
  error?: string;
  finish_reason?: string;
  model?: string | null;
  usage?: { prompt_tokens?: number; completion_tokens?: number };
}

export interface Tokens {
  prompt: number;
  completion: number;
}

export class Tally {
  /** Of first answers, in the order in which they came. */
  readonly latency: number[] = [];
  /** Code → how many answers were that error. */
  readonly errors = new Map<string, number>();
  /** Model → tokens of its answers. */
  readonly tokens = new Map<string, Tokens>();
  doubles = 0;
  private readonly started = new Map<string, number>();
  private readonly answered = new Set<string>();
  private readonly givenUp = new Set<string>();

  start(key: string, at: number): void {
    this.started.set(key, at);
  }

  /** @returns whether this is the first answer to a request that was still waited for; strangers' answers are passed over */
  answer(key: string, value: AnswerValue, at: number): boolean {
    if (this.answered.has(key)) {
      this.doubles += 1;
      return false;
    }
    const started = this.started.get(key);
    if (started === undefined) return false;
    this.answered.add(key);
    const awaited = this.started.delete(key) && !this.givenUp.delete(key);
    this.latency.push(at - started);
    this.count(value);
    return awaited;
  }

  /** Requests that nobody waits for any more, started before `at`; each is told once. */
  giveUp(at: number): number {
    const late = [...this.started].filter(([key, started]) => started < at && !this.givenUp.has(key));
    for (const [key] of late) this.givenUp.add(key);
    return late.length;
  }

  get done(): number {
    return this.answered.size;
  }

  /** Started, and not answered. */
  get missing(): number {
    return this.started.size;
  }

  get failed(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }

  private count({ error, finish_reason, model, usage }: AnswerValue): void {
    if (error !== undefined || finish_reason === 'error') {
      const code = error ?? 'unknown';
      this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
    }
    const { prompt_tokens = 0, completion_tokens = 0 } = usage ?? {};
    if (prompt_tokens + completion_tokens === 0) return;
    const { prompt, completion } = this.tokens.get(model ?? 'unknown') ?? { prompt: 0, completion: 0 };
    this.tokens.set(model ?? 'unknown', {
      prompt: prompt + prompt_tokens,
      completion: completion + completion_tokens,
    });
  }
}
