// A run by its id, for those who may see its channel.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { RunStore, type RunRecord } from '#runs';
import { RequestAccess, type Action } from '../access/request-access.js';

const RUN_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@Injectable()
export class RunAccess {
  constructor(
    private readonly access: RequestAccess,
    private readonly runs: RunStore,
  ) {}

  /**
   * Who may not see the run's channel learns nothing, not even whether the run exists.
   * @throws ParleyError `not_found`
   */
  async find(runId: string, request: FastifyRequest, action: Action): Promise<RunRecord> {
    const run = RUN_ID.test(runId) ? await this.runs.get(runId) : undefined;
    if (!run || !this.access.reaches(request, action, run, `run:${runId}`)) throw unknownRun();
    return run;
  }
}

export const unknownRun = (): ParleyError => new ParleyError('not_found', 'unable to find run; no such id');
