// The WebSocket door: one session per socket, one heartbeat for all, and a stop that tells clients when to
// come back.
import type { IncomingMessage } from 'node:http';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { Metrics } from '#telemetry';
import { upgradeToken } from './delivery-ws.adapter.js';
import { Heartbeat } from './heartbeat.js';
import { Session } from './session.js';
import { SessionServices } from './session-services.js';
import { CLOSE, closeSocket } from './socket-outlet.js';

/** Over how long clients spread their return after a restart. */
export const RETURN_WITHIN_MS = 10_000;
const CLOSING_MS = 500;

@WebSocketGateway()
export class DeliveryGateway
  implements OnGatewayConnection, OnGatewayDisconnect, OnModuleInit, BeforeApplicationShutdown
{
  readonly heartbeat: Heartbeat;
  private readonly sessions = new Map<WebSocket, Session>();
  private clock: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly services: SessionServices,
    private readonly metrics: Metrics,
  ) {
    this.heartbeat = new Heartbeat(services.config);
  }

  onModuleInit(): void {
    this.heartbeat.start();
    this.clock = setInterval(() => this.checkRights(Date.now()), 1_000).unref();
  }

  /** Whose token has ended, was revoked, or never came, is let go. One clock for all sockets. @param now ms since 1970 */
  checkRights(now: number): void {
    for (const session of this.sessions.values()) session.checkRights(now);
  }

  sockets(): WebSocket[] {
    return [...this.sessions.keys()];
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const session = new Session(socket, this.services, {
      origin: request.headers.origin,
      address: request.socket.remoteAddress,
    });
    this.sessions.set(socket, session);
    this.metrics.sockets.inc({ kind: 'websocket' });
    this.heartbeat.add(socket);
    session.greet(upgradeToken(request));
    socket.on('message', (data, isBinary) => {
      this.heartbeat.heard(socket);
      session.receive(data, isBinary);
    });
    socket.on('pong', () => this.heartbeat.heard(socket));
    if (this.stopping) this.sendAway(session);
  }

  handleDisconnect(socket: WebSocket): void {
    this.heartbeat.remove(socket);
    this.sessions.get(socket)?.close();
    if (this.sessions.delete(socket)) this.metrics.sockets.dec({ kind: 'websocket' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.heartbeat.stop();
    clearInterval(this.clock);
    for (const session of this.sessions.values()) this.sendAway(session);
    const deadline = Date.now() + CLOSING_MS;
    while (this.sessions.size > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private sendAway(session: Session): void {
    session.notify({ type: 'going_away', retry_in_ms: Math.floor(Math.random() * RETURN_WITHIN_MS) });
    closeSocket(session.socket, CLOSE.restart, 'service restart');
  }
}
