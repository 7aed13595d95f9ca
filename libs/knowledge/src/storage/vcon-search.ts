// Search by meaning over a vector store: which vCons answer a question, with what was said and in which dialog. Shows nobody what is not his:
// the provider is asked for the tenant's files only, and of what it finds only files count that are noted as his live ones.
import { Injectable, Logger } from '@nestjs/common';
import { digest, ParleyError } from '#contracts';
import { Metrics } from '#telemetry';
import type { VconRendering } from '../vcon/vcon.js';
import { locateHit, type Located } from './locate-hit.js';
import { tenantMark, type Attributes } from './to-attributes.js';
import { readFilters } from './read-filters.js';
import { RenderedVcons } from './rendered-vcons.js';
import type { VconRecord } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import type { RemoteHit, VconRemote } from './vcon-remote.js';
import type { AccountOptions } from './vcon-options.js';

export interface VconQuery extends AccountOptions {
  query: string;
  /** vCons in a page, 1 to 50. */
  limit: number;
  /** `next` of the page before. */
  after?: string;
  vector_store_id?: string;
  /** As the provider takes them: `{type, key, value}`, or `and`/`or` of `filters`. */
  filters?: object;
}

export interface VconMatch extends Located {
  uuid: string;
  profile: string;
  file_id: string;
  /** 0 to 1. */
  score: number;
  attributes: Attributes;
  /** Further hits in the same vCon, best first. */
  more: (Located & { score: number })[];
}

/** What the provider gives at most for one question. */
const AT_A_TIME = 50;
/** How often it is asked again, without the vCons that it has named, to fill a page. */
const MOST_ROUNDS = 8;
const MOST_FURTHER = 4;

interface Found {
  record: VconRecord;
  hits: RemoteHit[];
}

@Injectable()
export class VconSearch {
  private readonly logger = new Logger('VconStorage');

  constructor(
    private readonly records: VconRecords,
    private readonly accounts: VconAccounts,
    private readonly rendered: RenderedVcons,
    private readonly metrics: Metrics,
  ) {}

  /** @throws ParleyError `invalid_request`, `invalid_cursor`, and what the provider is to be blamed for */
  async search(tenant: string, query: VconQuery): Promise<{ items: VconMatch[]; next?: string }> {
    if (query.filters !== undefined) readFilters(query.filters);
    const remote = this.accounts.of(query);
    const store = query.vector_store_id ?? remote.vector_store_id ?? '';
    if (store === '')
      throw new ParleyError('invalid_request', 'unable to search; no vector store is configured', {
        details: ['vector_store_id must be given, because the profile names none'],
      });
    const begun = performance.now();
    const mark = digest(JSON.stringify([query.query, query.filters ?? null, store, query.profile ?? '']));
    const skip = query.after === undefined ? 0 : readCursor(query.after, mark);
    const found = await this.collect(tenant, remote, store, query, skip + query.limit + 1);
    const page = found.slice(skip, skip + query.limit);
    const items = await Promise.all(page.map((one) => this.toMatch(one, query.query)));
    const seconds = (performance.now() - begun) / 1_000;
    this.metrics.vconSearchSeconds.observe(seconds);
    const fields = { profile: remote.label, vector_store_id: store, count: items.length };
    this.logger.log({ ...fields, ms: Math.round(seconds * 1_000) }, 'searched the vector store');
    const more = found.length > skip + query.limit;
    return { items, ...(more && { next: toCursor(skip + query.limit, mark) }) };
  }

  /** vCons in the order of their best hits, each with all of its hits. */
  private async collect(
    tenant: string,
    remote: VconRemote,
    store: string,
    { query, filters }: VconQuery,
    enough: number,
  ): Promise<Found[]> {
    const found = new Map<string, Found>();
    const seen = new Set<string>();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const hits = await remote.search(store, query, filterOf(tenant, filters, seen), AT_A_TIME);
      const records = await this.records.ofFiles([...new Set(hits.map(({ file_id }) => file_id))]);
      for (const hit of hits) {
        if (typeof hit.attributes['uuid'] === 'string') seen.add(hit.attributes['uuid']);
        const record = records.get(hit.file_id);
        // Files that were replaced or deleted stay in an index for a moment.
        if (record?.tenant !== tenant || record.file?.file_id !== hit.file_id) continue;
        const known = found.get(hit.file_id);
        if (known === undefined) found.set(hit.file_id, { record, hits: [hit] });
        else known.hits.push(hit);
      }
      if (found.size >= enough || hits.length < AT_A_TIME) break;
    }
    return [...found.values()];
  }

  private async toMatch({ record, hits }: Found, query: string): Promise<VconMatch> {
    const rendering = await this.rendered.of(record);
    const [best, ...more] = hits
      .slice(0, 1 + MOST_FURTHER)
      .map((hit) => ({ ...locate(rendering, hit.text, query), score: hit.score }));
    const { tenant: _tenant, ...attributes } = hits[0]!.attributes;
    const { uuid, profile, file } = record;
    return {
      uuid,
      profile,
      file_id: file!.file_id,
      ...best!,
      attributes,
      more,
    };
  }
}

const locate = (rendering: VconRendering | undefined, text: string, query: string): Located =>
  locateHit(rendering ?? { text: '', spans: [] }, text, query);

function filterOf(tenant: string, own: object | undefined, seen: ReadonlySet<string>): object {
  const filters = [
    { type: 'eq', key: 'tenant', value: tenantMark(tenant) },
    ...(own === undefined ? [] : [own]),
    ...(seen.size === 0 ? [] : [{ type: 'nin', key: 'uuid', value: [...seen] }]),
  ];
  return filters.length === 1 ? filters[0]! : { type: 'and', filters };
}

const toCursor = (skip: number, mark: string): string => Buffer.from(`${skip}:${mark}`).toString('base64url');

/** @throws ParleyError `invalid_cursor` for that of another question */
function readCursor(cursor: string, mark: string): number {
  const [skip, of] = Buffer.from(cursor, 'base64url').toString('latin1').split(':');
  if (of === mark && /^\d{1,4}$/.test(skip!)) return Number(skip);
  throw new ParleyError('invalid_cursor', 'unable to go on with the search; the cursor is of another one');
}
