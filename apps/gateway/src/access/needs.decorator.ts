// What a route needs, said on the route itself and in the document. A route that says nothing is closed.
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Scope } from '#auth';

export const NEEDS = 'parley:needs';

/** `token`: any valid one, whatever it allows. */
export type Need = Scope | 'token';

/** Which channel or tenant it may be about is decided where that is known: {@link RequestAccess}. */
export const Needs = (need: Need): ClassDecorator & MethodDecorator =>
  applyDecorators(
    SetMetadata(NEEDS, need),
    ApiExtension('x-scope', need),
    ApiBearerAuth(),
    ...(need === 'admin' ? [ApiBasicAuth('admin')] : []),
  );
