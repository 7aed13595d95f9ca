// Remembers for the length of a request who sent it.
import type { FastifyRequest } from 'fastify';
import type { Principal } from '#auth';
import { ParleyError } from '#contracts';

const principals = new WeakMap<FastifyRequest, Principal>();

export const rememberPrincipal = (request: FastifyRequest, principal: Principal): void =>
  void principals.set(request, principal);

/** @throws ParleyError `unauthorized` on a route that nobody guards */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw new ParleyError('unauthorized', 'unable to grant access; nobody was identified');
  return principal;
}
