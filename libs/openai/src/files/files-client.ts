// The Files API of one account: what is uploaded is streamed and never held as a whole; repeated where that can help.
import type { Readable } from 'node:stream';
import { toStreamingFile, type OpenAI } from 'openai';
import type { FileObject } from 'openai/resources/files';
import { isAbsent, upstreamOf, type ProviderCalls } from '../accounts/provider-calls.js';

export type { FileObject };

export const FILE_PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
export type FilePurpose = (typeof FILE_PURPOSES)[number];

/** What the provider takes. */
export const FILE_LIMITS = {
  bytes: 512 * 1024 * 1024,
  expires: { least: 3_600, most: 2_592_000 },
} as const;

export interface FileUpload {
  /** As it stands in the part's header, with its ending. */
  name: string;
  /** Of the part, such as `application/json`. */
  type: string;
  purpose: FilePurpose;
  /** Asked anew for each try. */
  body: () => AsyncIterable<Uint8Array>;
  expires_after_seconds?: number;
  signal?: AbortSignal;
  /** Hears how many bytes have left, from 0 again with each try. */
  progress?: (bytes: number) => void;
}

export interface Uploaded {
  file: FileObject;
  /** An earlier try may have left one whose id was lost: look for it by its name. */
  repeated: boolean;
}

/** What the provider said to a removal. */
export interface Removed {
  outcome: 'deleted' | 'absent';
  /** Its status. */
  answer: string;
}

const CALL_MS = 30_000;
const UPLOAD_MS = 15 * 60_000;
const PAGE = 1_000;

/** Every method throws what {@link ProviderCalls.make} throws. */
export class FilesClient {
  constructor(
    private readonly openai: OpenAI,
    private readonly calls: ProviderCalls,
  ) {}

  async upload(upload: FileUpload): Promise<Uploaded> {
    const { name, type, purpose, body, expires_after_seconds: seconds, signal, progress } = upload;
    let asked = 0;
    const file = await this.calls.make(
      'upload',
      () => {
        asked++;
        const content = progress ? counted(body(), progress) : body();
        return this.openai.files.create(
          {
            file: toStreamingFile(content, name, { type }),
            purpose,
            ...(seconds !== undefined && { expires_after: { anchor: 'created_at', seconds } }),
          },
          options(UPLOAD_MS, signal),
        );
      },
      signal,
    );
    return { file, repeated: asked > 1 };
  }

  /** @returns undefined when there is none */
  get(id: string, signal?: AbortSignal): Promise<FileObject | undefined> {
    return orAbsent(
      this.calls.make('file', () => this.openai.files.retrieve(id, options(CALL_MS, signal)), signal),
    );
  }

  /** Newest first; pages are fetched as they are read. */
  async *list(purpose?: FilePurpose, signal?: AbortSignal): AsyncGenerator<FileObject> {
    let after: string | undefined;
    for (;;) {
      const query = {
        limit: PAGE,
        order: 'desc',
        ...(purpose && { purpose }),
        ...(after && { after }),
      } as const;
      const page = await this.calls.make(
        'file',
        () => this.openai.files.list(query, options(CALL_MS, signal)),
        signal,
      );
      yield* page.data;
      after = page.data.at(-1)?.id;
      if (!page.has_more || after === undefined) return;
    }
  }

  /** It leaves every vector store with it. */
  delete(id: string, signal?: AbortSignal): Promise<Removed> {
    return removed(
      this.calls.make('file', () => this.openai.files.delete(id, options(CALL_MS, signal)), signal),
    );
  }

  /** The provider refuses this for most purposes. */
  async content(id: string, signal?: AbortSignal): Promise<Readable> {
    const answer = await this.calls.make(
      'file',
      () => this.openai.files.content(id, options(UPLOAD_MS, signal)),
      signal,
    );
    return answer.body as unknown as Readable;
  }
}

/** @throws all but that it is not there */
export async function removed(call: Promise<unknown>): Promise<Removed> {
  try {
    await call;
    return { outcome: 'deleted', answer: '200' };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return { outcome: 'absent', answer: String(upstreamOf(error)?.status ?? 404) };
  }
}

export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  progress(bytes);
  for await (const chunk of body) {
    yield chunk;
    bytes += chunk.byteLength;
    progress(bytes);
  }
}

const options = (timeout: number, signal?: AbortSignal) => ({ timeout, ...(signal && { signal }) });
