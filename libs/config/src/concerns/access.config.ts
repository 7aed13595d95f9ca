import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { Env } from '../env.js';

export class AccessConfig {
  @Env(
    'WS_OPEN',
    'Channels can be read and written without a token. Default: open in development when no token is set, closed in production.',
  )
  @IsOptional()
  @IsBoolean()
  open?: boolean;

  @Env(
    'WS_TOKEN',
    'Shared secret that opens every channel, as `Authorization: Bearer`, WebSocket subprotocol or `token` of a subscribe frame.',
    { secret: true },
  )
  @IsString()
  token: string = '';

  @Env(
    'WS_ALLOWED_ORIGINS',
    'Origins from which browsers may connect; empty = any when open, none when closed.',
  )
  allowedOrigins: string[] = [];

  @Env('ADMIN_USER', 'Login of Bull Board and the administrative routes.')
  @IsString()
  adminUser: string = 'admin';

  @Env('ADMIN_PASSWORD', 'Its password; without one these routes stay closed.', { secret: true })
  @IsString()
  adminPassword: string = '';
}
