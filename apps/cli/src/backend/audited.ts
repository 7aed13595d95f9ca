// The audit log for commands: whoever sits at this machine is the actor.
import { userInfo } from 'node:os';
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import type { ConfigClass } from '#config';

/** What a backend needs so that its commands can go on record. */
export async function auditParts(): Promise<{
  configs: ConfigClass[];
  providers: NonNullable<ModuleMetadata['providers']>;
}> {
  const [{ AccessConfig }, { AuditLog }] = await Promise.all([import('#config'), import('#auth')]);
  return { configs: [AccessConfig], providers: [AuditLog] };
}

export interface CommandDeed {
  /** Noun, then verb. */
  action: string;
  /** As an id. */
  object: string;
  tenant?: string | undefined;
  /** By which way the actor came; default `cli`. */
  door?: 'cli' | 'program';
}

/** Does something on record. @throws what `act` throws; ParleyError `state_unavailable` when it cannot be recorded */
export async function onRecord<T>(
  backend: INestApplicationContext,
  { action, object, tenant, door = 'cli' }: CommandDeed,
  act: () => Promise<T>,
): Promise<T> {
  const [{ AuditLog }, { DEFAULT_TENANT }] = await Promise.all([import('#auth'), import('#contracts')]);
  const deed = { actor: `${door}:${userName()}`, tenant: tenant ?? DEFAULT_TENANT, action, object };
  return backend.get(AuditLog, { strict: false }).during(deed, act);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}
