// Who asks about assistants, as the registry wants to know it; and what he changes, on record.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestAccess } from '../access/request-access.js';
import { principalOf } from '../access/request-principal.js';

export interface AssistantAsker {
  tenant: string;
  /** For the versions' history. */
  by: string;
}

@Injectable()
export class AssistantAccess {
  constructor(private readonly access: RequestAccess) {}

  asker(request: FastifyRequest): AssistantAsker {
    const { tenant, subject } = principalOf(request);
    return { tenant, by: subject };
  }

  /** @param verb for the audit log, as `update` @throws what `act` throws */
  change<T>(
    request: FastifyRequest,
    verb: string,
    object: string,
    act: (asker: AssistantAsker) => Promise<T>,
  ): Promise<T> {
    return this.access.onRecord(request, `assistant.${verb}`, object, () => act(this.asker(request)));
  }
}
