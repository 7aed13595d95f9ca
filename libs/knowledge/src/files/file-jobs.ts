// The background work of files: removals that are not done, uploads whose process died.
import { Injectable } from '@nestjs/common';
import { JobHandler } from '#jobs';
import { FileRemoval } from './file-removal.js';

@Injectable()
export class FileJobs {
  constructor(private readonly removal: FileRemoval) {}

  /** @returns how much was taken up; the job's result */
  @JobHandler('files-upkeep')
  upkeep(): Promise<{ tried: number; done: number }> {
    return this.removal.goOn(Date.now());
  }
}
