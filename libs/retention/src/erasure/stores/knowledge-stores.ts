// What is kept of people in conversation records, files and documents. Each is removed here and at the provider, and says piece by piece what was
// answered; what a provider does not remove now its own job goes on with, and the erasure looks after it until it is done.
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { DocumentJobs, Transcriptions } from '#documents';
import type { Subject } from '#contracts';
import { Files, isDone, VconStorage, type Removal, type VconRecord } from '#knowledge';
import type { Erased, ErasedObject, PersonalStore } from '../personal-store.js';

const ACTOR = 'erasure';
/** Of a vCon in an export; a larger one is named, to be fetched by its uuid. */
const MOST_BYTES = 1024 * 1024;

/** Those that a person is a party of, by address or number, or has saved; those of a channel. */
@Injectable()
export class Vcons implements PersonalStore {
  readonly name = 'vcons';

  constructor(private readonly storage: VconStorage) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    for (const record of await this.find(subject)) {
      const { uuid, profile, state, saved_at } = record;
      yield { uuid, profile, state, saved_at, ...(await this.content(record)) };
    }
  }

  async erase(subject: Subject, begun: readonly string[]): Promise<Erased> {
    const removals: Removal[] = [];
    for (const id of begun) {
      const removal = await this.storage.removal(subject.tenant, id);
      if (removal) removals.push(removal);
    }
    for (const record of await this.find(subject)) {
      const removal = await this.storage.deleteRecord(record, ACTOR);
      if (removal) removals.push(removal);
    }
    const done = removals.filter(isDone);
    const open = removals.filter((removal) => !isDone(removal)).map(({ id }) => id);
    return {
      removed: done.length,
      objects: done.flatMap(toObjects),
      ...(open.length > 0 && { left: open.length, begun: open }),
    };
  }

  private find({ tenant, kind, name }: Subject): Promise<VconRecord[]> {
    return kind === 'user' ? this.storage.ofPerson(tenant, name) : this.storage.ofChannel(tenant, name);
  }

  private async content({ tenant, uuid, profile }: VconRecord): Promise<object> {
    const found = await this.storage.get(tenant, uuid, { profile }).catch(() => undefined);
    if (found?.kind !== 'original') return {};
    if (found.bytes > MOST_BYTES) {
      found.body.destroy();
      return { bytes: found.bytes };
    }
    return { vcon: JSON.parse((await buffer(found.body)).toString('utf8')) as unknown };
  }
}

const toObjects = ({ objects }: Removal): ErasedObject[] =>
  objects.flatMap(({ kind, id, outcome, answer }) =>
    outcome === 'pending' ? [] : [{ kind, id, outcome, ...(answer !== undefined && { answer }) }],
  );

/** Uploaded by the user. */
@Injectable()
export class UploadedFiles implements PersonalStore {
  readonly name = 'files';

  constructor(private readonly files: Files) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    for (const { id, name, kind, bytes, hash, created_at } of await this.find(subject))
      yield { id, name, kind, bytes, sha256: hash, created_at };
  }

  async erase(subject: Subject): Promise<Erased> {
    const objects: ErasedObject[] = [];
    let left = 0;
    for (const file of await this.find(subject))
      if (await this.files.delete(file)) objects.push({ kind: 'file', id: file.id, outcome: 'deleted' });
      else left++;
    return { removed: objects.length, objects, ...(left > 0 && { left }) };
  }

  private async find({ tenant, kind, name }: Subject) {
    return kind === 'user' ? this.files.ofUser(tenant, name) : [];
  }
}

/** Plans and transcriptions that the user asked for, with their recordings. */
@Injectable()
export class Documents implements PersonalStore {
  readonly name = 'documents';

  constructor(
    private readonly jobs: DocumentJobs,
    private readonly transcriptions: Transcriptions,
  ) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    for (const { id, kind, state, created_at, request, result } of await this.find(subject))
      yield { id, kind, state, created_at, request, result };
  }

  async erase(subject: Subject): Promise<Erased> {
    const objects: ErasedObject[] = [];
    let left = 0;
    for (const job of await this.find(subject))
      try {
        if (job.kind === 'transcription') await this.transcriptions.delete(subject.tenant, job.id);
        else {
          await this.jobs.cancel(job.id);
          await this.jobs.remove(job);
        }
        objects.push({ kind: job.kind, id: job.id, outcome: 'deleted' });
      } catch (error) {
        if ((error as { code?: string }).code === 'state_unavailable') throw error;
        left++;
      }
    return { removed: objects.length, objects, ...(left > 0 && { left }) };
  }

  private async find({ tenant, kind, name }: Subject) {
    return kind === 'user' ? this.jobs.ofUser(tenant, name) : [];
  }
}
