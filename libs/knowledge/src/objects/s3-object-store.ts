// Objects at an S3-compatible service. What comes is spooled to the local disk first: only then are its hash, its name and its length known, and
// only a whole file is sent.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type _Object,
} from '@aws-sdk/client-s3';
import type { KnowledgeConfig } from '#config';
import { objectName, placeName, readObjectName } from './object-names.js';
import {
  ObjectStore,
  type ListedObject,
  type ObjectPlace,
  type PutOptions,
  type StoredObject,
} from './object-store.js';
import { dropDeadSpools, spool } from './spool.js';
import { absent, storageFault } from './storage-fault.js';

/** The SDK does not send a stream twice; a file can be read again. */
const PUTS = 3;
const SILENT = () => undefined;

export class S3ObjectStore extends ObjectStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;

  /** @param pageSize of a list, at most 1000 */
  constructor(
    private readonly config: KnowledgeConfig,
    private readonly pageSize = 1_000,
  ) {
    super();
    const { endpoint, region, accessKeyId, secretAccessKey, pathStyle } = config;
    this.bucket = config.bucket;
    this.prefix = `${config.s3Prefix}objects/`;
    this.client = new S3Client({
      region,
      forcePathStyle: pathStyle,
      ...(endpoint !== '' && { endpoint }),
      ...(accessKeyId !== '' && { credentials: { accessKeyId, secretAccessKey } }),
      // Services that are not AWS do not know the newer checksums; the name is the hash anyway.
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
      // It would write to the console; what fails is told by the error.
      logger: { trace: SILENT, debug: SILENT, info: SILENT, warn: SILENT, error: SILENT },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  put(place: ObjectPlace, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
    return spool(this.config.directory, body, options, async ({ path, hash, bytes }) => {
      await this.send(path, bytes, this.keyOf(placeName(place), hash), options.signal);
      return { hash, bytes };
    });
  }

  async open(place: ObjectPlace, hash: string): Promise<{ bytes: number; body: Readable }> {
    try {
      const Key = this.keyOf(placeName(place), hash);
      const { Body, ContentLength } = await this.client.send(
        new GetObjectCommand({ Bucket: this.bucket, Key }),
      );
      return { bytes: ContentLength ?? 0, body: Body as Readable };
    } catch (error) {
      if (isAbsent(error)) throw absent();
      return storageFault('read')(error);
    }
  }

  has(place: ObjectPlace, hash: string): Promise<boolean> {
    return this.hasKey(this.keyOf(placeName(place), hash));
  }

  remove(place: ObjectPlace, hash: string): Promise<boolean> {
    return this.removeKey(this.keyOf(placeName(place), hash));
  }

  async removeAll(place: ObjectPlace): Promise<number> {
    let removed = 0;
    for await (const { Key } of this.keys(`${placeName(place)}/`)) if (await this.removeKey(Key!)) removed++;
    return removed;
  }

  async *list(): AsyncGenerator<ListedObject> {
    await dropDeadSpools(this.config.directory);
    for await (const { Key = '', Size = 0, LastModified } of this.keys('')) {
      const name = readObjectName(Key.slice(this.prefix.length));
      if (name) yield { ...name, bytes: Size, stored_at: LastModified?.getTime() ?? 0 };
    }
  }

  nameOf(place: ObjectPlace): string {
    return placeName(place);
  }

  /** The service cannot compare and remove in one step: what is put again in the milliseconds between is lost. */
  async removeListed({ place, hash, stored_at }: ListedObject): Promise<boolean> {
    const Key = this.keyOf(place, hash);
    const now = await this.storedAt(Key);
    // One of the two answers may be in whole seconds.
    if (now === undefined || Math.floor(now / 1_000) !== Math.floor(stored_at / 1_000)) return false;
    await this.drop(Key);
    return true;
  }

  close(): void {
    this.client.destroy();
  }

  private async send(path: string, bytes: number, Key: string, signal?: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      const put = new PutObjectCommand({
        Bucket: this.bucket,
        Key,
        Body: createReadStream(path),
        ContentLength: bytes,
        ContentType: 'application/octet-stream',
      });
      try {
        await this.client.send(put, aborted(signal));
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (tries === PUTS) storageFault('write')(error);
        await sleep(100 * 4 ** tries);
      }
    }
  }

  private keyOf(place: string, hash: string): string {
    return this.prefix + objectName(place, hash);
  }

  private async hasKey(Key: string): Promise<boolean> {
    return (await this.storedAt(Key)) !== undefined;
  }

  private async storedAt(Key: string): Promise<number | undefined> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key }));
      return head.LastModified?.getTime() ?? 0;
    } catch (error) {
      return isAbsent(error) ? undefined : storageFault('read')(error);
    }
  }

  /** The service does not say whether there was one. */
  private async removeKey(Key: string): Promise<boolean> {
    if (!(await this.hasKey(Key))) return false;
    await this.drop(Key);
    return true;
  }

  private async drop(Key: string): Promise<void> {
    await this.client
      .send(new DeleteObjectCommand({ Bucket: this.bucket, Key }))
      .catch(storageFault('remove'));
  }

  private async *keys(below: string): AsyncGenerator<_Object> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.client
        .send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: this.prefix + below,
            MaxKeys: this.pageSize,
            ContinuationToken,
          }),
        )
        .catch(storageFault('read'));
      yield* page.Contents ?? [];
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
}

const isAbsent = (error: unknown): boolean => {
  const { name } = error as Error;
  return name === 'NoSuchKey' || name === 'NotFound';
};

const aborted = (abortSignal: AbortSignal | undefined) => (abortSignal ? { abortSignal } : {});
