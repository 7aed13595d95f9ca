// Which assistant a caller means who asks for "the" assistant: what the documented files name, else the current one.
import type { Assistant } from '#assistants';
import type { OpenAssistants } from './open-assistants.js';

/** @param force always make a new one */
export async function getOrCreate(
  { manager, registry, files, onRecord }: OpenAssistants,
  scope: { tenant: string; purpose: string; by: string },
  force: boolean,
): Promise<Assistant> {
  const create = async (): Promise<Assistant> =>
    (await onRecord('create', scope.purpose, () => manager.create(scope))).assistant;
  if (force) return create();
  const { env, file } = await files.find();
  for (const id of [env, file]) {
    const known = id === undefined ? undefined : await registry.get(scope.tenant, id).catch(absent);
    if (known !== undefined) return known;
  }
  return (await registry.current(scope.tenant, scope.purpose)) ?? create();
}

export function absent(error: unknown): undefined {
  if ((error as { code?: string }).code === 'not_found') return undefined;
  throw error;
}
