// What a test or a benchmark asks of the emulator itself: rules, defaults, clock, journal. Needs no key.

import type { Readable } from 'node:stream';

import type { FileObject } from 'openai/resources/files';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';

import type { Batches } from './batches/batches.js';
import type { EmulatorClock } from './clock.js';
import { ApiError } from './errors.js';
import type { FileStore } from './files/file-store.js';
import type { Door } from './http/door.js';
import type { Exchange } from './http/exchange.js';
import type { Router } from './http/router.js';
import type { Journal, JournalEntry, JournalFilter } from './journal.js';
import type { Rule, Rules } from './rules.js';
import type { Settings } from './settings.js';
import { patchSettings } from './settings.js';
import type { VectorStoreRegistry } from './vector-stores/vector-store-registry.js';

export interface Objects {
  files: FileObject[];
  vector_stores: VectorStore[];
}

/** What of an emulator can be turned. */
interface Controlled {
  readonly rules: Rules;
  readonly settings: Settings;
  readonly journal: Journal;
  readonly clock: EmulatorClock;
  readonly door: Door;
  readonly files: FileStore;
  readonly batches: Batches;
  readonly vectorStores: VectorStoreRegistry;
  reset(): void;
}

export class Control {
  constructor(private readonly emulator: Controlled) {}

  addRule(rule: Rule): Rule {
    return this.emulator.rules.add({ ...rule });
  }

  clearRules(): void {
    this.emulator.rules.clear();
  }

  /** @throws ApiError 400 for an unknown or ill-typed field */
  setDefaults(patch: Partial<Settings>): Settings {
    patchSettings(this.emulator.settings, { ...patch });
    this.emulator.batches.poke();
    return this.emulator.settings;
  }

  /** Entries oldest first; live objects in process, so a running one is seen to change. */
  journal(filter: JournalFilter = {}): JournalEntry[] {
    return this.emulator.journal.find(filter, this.emulator.settings.journal_entries);
  }

  clearJournal(): void {
    this.emulator.journal.clear();
  }

  /** Moves the emulator's clock on. */
  advanceClock(ms: number): void {
    this.emulator.clock.advance(ms);
    this.emulator.batches.poke();
  }

  /** Sets the emulator's clock. @param nowMs ms since the epoch */
  setClock(nowMs: number): void {
    this.emulator.clock.set(nowMs);
    this.emulator.batches.poke();
  }

  /** Ends every batch that has not ended, as if OpenAI had. */
  endBatches(status: 'expired' | 'failed'): void {
    this.emulator.batches.endAll(status);
  }

  /** What is kept just now: for a test that nothing is left. */
  objects(): Objects {
    const { files, vectorStores } = this.emulator;
    return { files: files.all(), vector_stores: vectorStores.all().map((store) => store.toObject()) };
  }

  /**
   * What was uploaded, whatever its purpose.
   * @throws ApiError 404 for a file that is gone, 410 for one that was too large to be kept
   */
  fileContent(id: string): Readable {
    const stream = this.emulator.files.get(id).content.stream();
    if (stream === undefined) throw new ApiError(410, 'The content was too large to be kept.');
    return stream;
  }

  /** For so long nobody gets a connection (ECONNREFUSED). */
  refuseConnections(ms: number): void {
    this.emulator.door.refuse(ms);
  }

  /** The next connections are reset as they are made (ECONNRESET). */
  resetConnections(count: number): void {
    this.emulator.door.resetNext(count);
  }

  reset(): void {
    this.emulator.reset();
  }

  addTo(router: Router): void {
    router.on('GET', '/_emulator/health', (exchange) => exchange.json(200, { status: 'ok' }));
    router.on('POST', '/_emulator/rules', (exchange) =>
      exchange.json(200, this.emulator.rules.add(exchange.object())),
    );
    router.on('GET', '/_emulator/rules', (exchange) => exchange.json(200, this.emulator.rules.all));
    router.on('DELETE', '/_emulator/rules', (exchange) => {
      this.clearRules();
      exchange.json(200, []);
    });
    router.on('POST', '/_emulator/defaults', (exchange) => {
      exchange.json(200, this.setDefaults(exchange.object()));
    });
    router.on('GET', '/_emulator/defaults', (exchange) => exchange.json(200, this.emulator.settings));
    router.on('POST', '/_emulator/clock', (exchange) => this.changeClock(exchange));
    router.on('GET', '/_emulator/journal', (exchange) => {
      const { query } = exchange;
      exchange.json(
        200,
        this.journal({
          path: query.get('path') ?? undefined,
          since: query.has('since') ? Number(query.get('since')) : undefined,
          limit: query.has('limit') ? Number(query.get('limit')) : undefined,
        }),
      );
    });
    router.on('DELETE', '/_emulator/journal', (exchange) => {
      this.clearJournal();
      exchange.json(200, []);
    });
    router.on('POST', '/_emulator/batches', (exchange) => {
      const { status } = exchange.object();
      if (status !== 'expired' && status !== 'failed')
        throw ApiError.badRequest("'status' must be 'expired' or 'failed'.", 'status');
      this.endBatches(status);
      exchange.json(200, { status });
    });
    router.on('POST', '/_emulator/connections', (exchange) => {
      const { refuse_ms: ms = 0, reset_next: count = 0 } = exchange.object();
      if (!isCount(ms) || !isCount(count))
        throw ApiError.badRequest("'refuse_ms' and 'reset_next' must be whole numbers.");
      exchange.json(200, { refuse_ms: ms, reset_next: count });
      if (count > 0) this.resetConnections(count);
      if (ms > 0) this.refuseConnections(ms);
    });
    router.on('GET', '/_emulator/objects', (exchange) => exchange.json(200, this.objects()));
    router.on('GET', '/_emulator/files/{file_id}/content', (exchange) => {
      const id = exchange.params['file_id']!;
      this.fileContent(id).destroy();
      exchange.bytes(this.emulator.files.get(id).content, 'application/octet-stream');
    });
    router.on('POST', '/_emulator/reset', (exchange) => {
      this.reset();
      exchange.json(200, { status: 'ok' });
    });
  }

  private changeClock(exchange: Exchange): void {
    const { now, advance_ms: advance } = exchange.object();
    if (typeof advance === 'number') this.advanceClock(advance);
    else if (typeof now === 'string' && !Number.isNaN(Date.parse(now))) this.setClock(Date.parse(now));
    else throw ApiError.badRequest("Either 'now' (ISO time) or 'advance_ms' is required.");
    exchange.json(200, { now: new Date(this.emulator.clock.now()).toISOString() });
  }
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
