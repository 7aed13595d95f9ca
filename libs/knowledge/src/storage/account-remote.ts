// What the vCon storage asks of one account, in terms of the provider's clients.
import { createReadStream } from 'node:fs';
import { ParleyError } from '#contracts';
import type { Account, VectorStoreFile, VectorStoreSearchParams } from '#openai';
import type { AccountNote } from './vcon-record.js';
import type {
  AttachWish,
  IndexState,
  RemoteHit,
  RemovalAnswer,
  UploadWish,
  VconRemote,
} from './vcon-remote.js';

const ENDING = '.vcon.json';
/** An upload that takes longer than this, and than its bytes need on a slow line, is given up. */
const UPLOAD_MS = 120_000;
const SLOW_BYTES_PER_MS = 50;

export class AccountRemote implements VconRemote {
  constructor(
    readonly label: string,
    readonly note: AccountNote,
    private readonly account: Account,
  ) {}

  get vector_store_id(): string | undefined {
    return this.account.vectorStore;
  }

  async upload(wish: UploadWish): Promise<{ file_id: string; repeated: boolean }> {
    const { path, bytes, name, purpose, expires_after_seconds, signal, begun } = wish;
    const late = AbortSignal.timeout(UPLOAD_MS + Math.ceil(bytes / SLOW_BYTES_PER_MS));
    try {
      const { file, repeated } = await this.account.files.upload({
        name,
        type: 'application/json',
        purpose,
        body: () => {
          begun();
          return createReadStream(path);
        },
        signal: AbortSignal.any([signal, late]),
        ...(expires_after_seconds !== undefined && { expires_after_seconds }),
      });
      return { file_id: file.id, repeated };
    } catch (error) {
      if (!late.aborted) throw error;
      throw new ParleyError('upload_failed', 'unable to upload vCon; no answer in time', { cause: error });
    }
  }

  async attach(wish: AttachWish): Promise<IndexState> {
    const {
      vector_store_id,
      file_id,
      attributes,
      max_chunk_size_tokens,
      chunk_overlap_tokens = 0,
      signal,
    } = wish;
    const body = {
      file_id,
      attributes,
      ...(max_chunk_size_tokens !== undefined && {
        chunking_strategy: {
          type: 'static' as const,
          static: { max_chunk_size_tokens, chunk_overlap_tokens },
        },
      }),
    };
    return toIndexState(await this.account.vectorStores.attach(vector_store_id, body, signal));
  }

  async indexState(vectorStoreId: string, fileId: string): Promise<IndexState | undefined> {
    const file = await this.account.vectorStores.file(vectorStoreId, fileId);
    return file && toIndexState(file);
  }

  detach(vectorStoreId: string, fileId: string): Promise<RemovalAnswer> {
    return this.account.vectorStores.detach(vectorStoreId, fileId);
  }

  remove(fileId: string): Promise<RemovalAnswer> {
    return this.account.files.delete(fileId);
  }

  async named(name: string, since: number): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id, filename, created_at } of this.account.files.list()) {
      // Newest first.
      if (created_at < since) break;
      if (filename === name) ids.push(id);
    }
    return ids;
  }

  async *vconFiles(): AsyncGenerator<{ id: string; name: string; created_at: number }> {
    for await (const { id, filename: name, created_at } of this.account.files.list())
      if (name.endsWith(ENDING)) yield { id, name, created_at };
  }

  async search(
    vectorStoreId: string,
    query: string,
    filters: object | undefined,
    limit: number,
  ): Promise<RemoteHit[]> {
    const hits = await this.account.vectorStores.search(vectorStoreId, {
      query,
      max_num_results: limit,
      ...(filters !== undefined && { filters: filters as NonNullable<VectorStoreSearchParams['filters']> }),
    });
    return hits.map(({ file_id, score, content, attributes }) => ({
      file_id,
      score,
      text: content.map(({ text }) => text).join('\n'),
      attributes: attributes ?? {},
    }));
  }

  parsedText(vectorStoreId: string, fileId: string): Promise<string | undefined> {
    return this.account.vectorStores.content(vectorStoreId, fileId);
  }
}

const toIndexState = ({ status, last_error }: VectorStoreFile): IndexState => ({
  status,
  ...(last_error?.message && { detail: `${last_error.code}: ${last_error.message}`.slice(0, 300) }),
});
