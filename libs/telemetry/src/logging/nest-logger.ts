// Nest's logger face over ours: `new Logger('Name')` of @nestjs/common then writes JSON lines, in every lib.
import { Logger as NestPinoLogger, PinoLogger } from 'nestjs-pino';
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

export function nestLogger(logger: Logger): LoggerService {
  return new NestPinoLogger(new PinoLogger({ pinoHttp: { logger } }), {});
}
