// Who asks about assistants, as the registry wants to know it; and what he changes, on record.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProjectionKeeper } from '#assistants';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';

export interface AssistantAsker {
  tenant: string;
  /** For the versions' history. */
  by: string;
}

@Injectable()
export class AssistantAccess implements OnApplicationBootstrap {
  constructor(
    private readonly access: RequestAccess,
    private readonly files: ProjectionKeeper,
  ) {}

  /** A process that died between a change and its files left them behind. */
  onApplicationBootstrap(): void {
    void this.files.keep();
  }

  asker(request: FastifyRequest): AssistantAsker {
    const { tenant, subject } = principalOf(request);
    return { tenant, by: subject };
  }

  /** @param verb for the audit log, as `update` @throws what `act` throws */
  async change<T>(
    request: FastifyRequest,
    verb: string,
    object: string,
    act: (asker: AssistantAsker) => Promise<T>,
  ): Promise<T> {
    const changed = await this.access.onRecordWhereFound(request, `assistant.${verb}`, object, () =>
      act(this.asker(request)),
    );
    await this.files.keep();
    return changed;
  }
}
