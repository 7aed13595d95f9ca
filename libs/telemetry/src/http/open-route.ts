// Marks routes that answer anybody, so that an app which asks everybody else who he is can tell them apart.
import { SetMetadata } from '@nestjs/common';

export const OPEN_ROUTE = 'parley:open-route';

export const OpenRoute = (): ClassDecorator & MethodDecorator => SetMetadata(OPEN_ROUTE, true);
