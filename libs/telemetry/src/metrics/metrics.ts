// What the process counts. Labels are finite sets of codes: never ids, names of channels, or content.
// On hot paths keep the child that `labels(…)` returns instead of looking it up for every event.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { METRIC } from './metric-names.js';

const RUN_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 90, 180, 900];
const FIRST_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45];
const TURNS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const HTTP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15];
const UPSTREAM_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];
const SCRAPE_WAIT_MS = 1_000;

export class Metrics {
  readonly registry = new Registry();
  private readonly refreshers: (() => void | Promise<void>)[] = [];

  /** Messages at the doors. source: MessageSource; outcome: accepted, duplicate, or an ErrorCode. */
  readonly intake = this.counter(METRIC.intake, 'Messages by door and outcome.', ['source', 'outcome']);

  /** outcome: completed, failed, cancelled; code: ErrorCode, or `none`. */
  readonly runsEnded = this.counter(METRIC.runsEnded, 'Runs that ended.', ['outcome', 'code']);
  /** From acceptance to the terminal event. */
  readonly runDuration = this.histogram(
    METRIC.runDuration,
    'Seconds from acceptance to the end.',
    RUN_SECONDS,
    ['outcome'],
  );
  /** kind: text, vision; source: MessageSource. */
  readonly requestKinds = this.counter(
    METRIC.requestKinds,
    'Runs that ended, by what was asked and the door.',
    ['kind', 'source'],
  );
  /** One observation per ended run in a conversation: which of its turns that was. */
  readonly turns = this.histogram(METRIC.turns, 'Turns of a conversation, counted at each of them.', TURNS);
  /** From the request to the provider to its first text. */
  readonly firstToken = this.histogram(METRIC.firstToken, 'Seconds to the first text.', FIRST_TOKEN_SECONDS);
  readonly deltas = this.counter(METRIC.deltas, 'Pieces of text received from the provider.');
  /** One observation per script call: how many batches of deltas it carried. */
  readonly appends = this.histogram(METRIC.appends, 'Batches per append to the event logs.', BATCHES);
  /** how: resume, poll, supersede, handover. */
  readonly takeovers = this.counter(METRIC.takeovers, 'Runs taken over from another worker.', ['how']);
  /** outcome: ok, error, timeout, unknown. */
  readonly toolCalls = this.counter(METRIC.toolCalls, 'Tool calls.', ['tool', 'outcome']);

  /** class: 2xx, 4xx, 5xx, network, stream; status: HTTP status or `none`. */
  readonly upstreamRequests = this.counter(METRIC.upstreamRequests, 'Requests to the provider.', [
    'api',
    'class',
    'status',
  ]);
  /** 0 closed, 1 half open, 2 open. */
  readonly circuit = this.gauge(METRIC.circuit, 'State of the circuit: 0 closed, 1 half open, 2 open.', [
    'profile',
    'model',
  ]);
  readonly fallbacks = this.counter(METRIC.fallbacks, 'Requests that another model was asked for.', [
    'reason',
  ]);
  /** outcome: hit, miss; similar: a miss that the answer to a similar request was found for. */
  readonly cache = this.counter(METRIC.cache, 'Looks for an answer that may be given again.', ['outcome']);
  /** call: embedding, summary; outcome: completed, failed, no_room (a limit is reached). */
  readonly helperCalls = this.counter(
    METRIC.helperCalls,
    "Calls of the provider that help a request's own.",
    ['call', 'outcome'],
  );
  /** outcome: how the provider ended it, `lost`, or the kind of failure by which it was never sent. */
  readonly batches = this.counter(METRIC.batches, 'Batches that ended.', ['outcome']);
  /** outcome: answered, failed (asked for as any other), abandoned (nobody waited any more). */
  readonly batchRequests = this.counter(METRIC.batchRequests, 'Requests of batches.', ['outcome']);
  readonly batchAbandonedTokens = this.counter(
    METRIC.batchAbandonedTokens,
    'Tokens of answers of batches that came too late.',
  );

  /** state: open (all unfinished), ready, delayed. */
  readonly runs = this.gauge(METRIC.runs, 'Unfinished runs and waiting channels.', ['state']);
  /** Of this process; small runs are not in it. */
  readonly largeBytes = this.gauge(METRIC.largeBytes, 'Bytes of large runs in hand.');
  readonly deadLetters = this.counter(METRIC.deadLetters, 'Messages set aside.', ['reason']);
  readonly outboxPending = this.gauge(METRIC.outboxPending, 'Entries that must still be sent out.');
  readonly outboxLag = this.gauge(METRIC.outboxLag, 'Age of the oldest of them in seconds.');
  /** Redis knew less than what had been sent. */
  readonly outboxRollbacks = this.counter(METRIC.outboxRollbacks, 'Times that Redis had lost sent entries.');
  /** Records behind the last committed offset; of the partitions that this process reads. */
  readonly kafkaLag = this.gauge(METRIC.kafkaLag, 'Records of a partition that were not settled yet.', [
    'topic',
    'partition',
  ]);

  /** model: a name of the catalogue or price file, or `other`; part: input, output, cached (of the input), reasoning (of the output). */
  readonly usageTokens = this.counter(METRIC.usageTokens, 'Tokens settled by this process.', [
    'model',
    'part',
  ]);
  readonly usageCost = this.counter(METRIC.usageCost, 'US dollars settled by this process.', ['model']);
  /** Their cost is in no sum. */
  readonly usageUnpriced = this.counter(METRIC.usageUnpriced, 'Requests whose price is not known.', [
    'model',
  ]);
  /** kind: text, vision, …; outcome: completed, failed, cancelled, unknown. */
  readonly usageRequests = this.counter(METRIC.usageRequests, 'Requests settled by this process.', [
    'kind',
    'outcome',
  ]);
  /** period: day, month (UTC). One figure of the whole system, whoever is asked. */
  readonly periodTokens = this.gauge(METRIC.periodTokens, 'Tokens of this day and month, all replicas.', [
    'period',
  ]);
  readonly periodCost = this.gauge(METRIC.periodCost, 'US dollars of this day and month, all replicas.', [
    'period',
  ]);
  /** user: a pseudonym; ten at most. */
  readonly topUsers = this.gauge(METRIC.topUsers, 'Requests of the ten busiest users of this day.', ['user']);
  readonly reservations = this.gauge(METRIC.reservations, 'Reservations that are not settled.');
  /** scope: service, tenant, user; limit: requests_per_minute, tokens_per_day, usd_per_day, usd_per_month. One that is not set is absent. */
  readonly limit = this.gauge(METRIC.limit, 'A limit that is set.', ['scope', 'limit']);
  /** outcome: granted, waited, reduced, refused; reason: slot, held, token_limit_reached, budget_exhausted, none. */
  readonly limits = this.counter(METRIC.limits, 'Answers of the limits.', ['outcome', 'reason']);
  readonly limitsFallback = this.gauge(
    METRIC.limitsFallback,
    '1 while this process keeps its share by itself.',
  );
  readonly settlementsPending = this.gauge(METRIC.settlementsPending, 'Settlements that wait for Redis.');
  readonly settlementsLost = this.counter(METRIC.settlementsLost, 'Settlements that found no room to wait.');

  /** kind: websocket, sse. */
  readonly sockets = this.gauge(METRIC.sockets, 'Open subscriber connections.', ['kind']);
  /** form: cumulative, delta. */
  readonly frames = this.counter(METRIC.frames, 'Frames sent to subscribers.', ['kind', 'form']);
  readonly framesSkipped = this.counter(
    METRIC.framesSkipped,
    'Intermediate frames left out for slow subscribers.',
  );
  readonly resets = this.counter(METRIC.resets, 'Resets sent to subscribers.', ['reason']);

  /** source: MessageSource of the runs. Both are figures of the whole system, whoever is asked. */
  readonly satisfaction = this.gauge(METRIC.satisfaction, 'Mean feedback on runs, 1 to 5, sliding window.', [
    'source',
  ]);
  readonly feedback = this.gauge(METRIC.feedback, 'Feedback that this mean is of.', ['source']);

  /** outcome: done, or the ErrorCode by which it failed. */
  readonly fileUploads = this.counter(METRIC.fileUploads, 'Uploads of files.', ['outcome']);
  /** outcome: saved, unchanged, or the ErrorCode by which it failed. */
  readonly vconSaves = this.counter(METRIC.vconSaves, 'Saves of vCons.', ['outcome']);
  readonly vconSaveSeconds = this.histogram(
    METRIC.vconSaveSeconds,
    'Seconds until a vCon was saved, without its indexing.',
    UPSTREAM_SECONDS,
  );
  /** outcome: done, incomplete. */
  readonly vconDeletions = this.counter(METRIC.vconDeletions, 'Deletions of vCons.', ['outcome']);
  readonly vconSearchSeconds = this.histogram(
    METRIC.vconSearchSeconds,
    'Seconds of a search.',
    UPSTREAM_SECONDS,
  );
  /** One figure of the whole system, whoever is asked. */
  readonly vconRemovalsPending = this.gauge(
    METRIC.vconRemovalsPending,
    'Removals of files that are not done yet.',
  );

  /** 1 up, 0.5 degraded, 0 down. */
  readonly partUp = this.gauge(METRIC.partUp, 'Health of a part: 1 up, 0.5 degraded, 0 down.', ['part']);
  /** route: the pattern, never the path. */
  readonly http = this.histogram(METRIC.http, 'Seconds per HTTP request.', HTTP_SECONDS, [
    'method',
    'route',
    'status',
  ]);

  /** Adds the process' own figures (CPU, memory, event loop, garbage collection). Once per process. */
  observeProcess(): this {
    collectDefaultMetrics({ register: this.registry });
    return this;
  }

  /** Registers a refresh of gauges whose values live elsewhere; it runs before each scrape, for at most a second. */
  beforeScrape(refresh: () => void | Promise<void>): void {
    this.refreshers.push(refresh);
  }

  /** The exposition text; gauges that cannot be refreshed in time keep their last value. */
  async scrape(): Promise<string> {
    const enough = new Promise((resolve) => setTimeout(resolve, SCRAPE_WAIT_MS).unref());
    await Promise.race([enough, Promise.allSettled(this.refreshers.map(async (refresh) => refresh()))]);
    return this.registry.metrics();
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
