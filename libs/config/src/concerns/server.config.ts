import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from '../env.js';

export class ServerConfig {
  @Env('NODE_ENV', '`production` turns the safe defaults on.')
  @IsString()
  environment: string = 'development';

  @Env('HOST', 'Address that the app listens on.')
  @IsString()
  host: string = '0.0.0.0';

  @Env('PORT', 'Port that the app listens on. Default: 3000 gateway, 8080 assistant-stream, 3001 gpt-worker.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65_535)
  port?: number;

  @Env('LOG_LEVEL', 'fatal, error, warn, info, debug or trace.')
  @Matches(/^(fatal|error|warn|info|debug|trace|silent)$/i, {
    message: 'must be one of fatal, error, warn, info, debug, trace, silent',
  })
  logLevel: string = 'info';

  @Env('SHUTDOWN_GRACE_MS', 'After SIGTERM, how long running answers may go on before they are handed over.')
  @IsInt()
  @Min(0)
  shutdownGraceMs: number = 10_000;

  @Env('OTEL_EXPORTER_OTLP_ENDPOINT', 'OTLP/HTTP collector for traces; empty = traces are off.')
  @IsString()
  otlpEndpoint: string = '';

  get production(): boolean {
    return this.environment === 'production';
  }
}

export const STREAM_ROLES = ['ingress', 'worker', 'delivery'] as const;
export type StreamRole = (typeof STREAM_ROLES)[number];

/** What an `assistant-stream` process does; several replicas can split the roles. */
export class StreamConfig {
  @Env('ROLE', 'Roles of this assistant-stream process: ingress, worker, delivery.')
  @IsArray()
  @IsIn(STREAM_ROLES, { each: true })
  roles: string[] = [...STREAM_ROLES];

  @Env('WEBSOCKET_URL', 'Where clients reach the WebSocket; its path is served.')
  @IsString()
  websocketUrl: string = 'ws://localhost:8080/ws';

  has(role: StreamRole): boolean {
    return this.roles.includes(role);
  }
}
