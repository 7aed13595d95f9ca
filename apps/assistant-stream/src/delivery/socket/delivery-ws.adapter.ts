// Nest's adapter for `ws`, told where the gateway lives and what a frame may cost. Each session reads its
// own socket in the order of arrival; the stock adapter's handlers may overtake one another.
import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { ServerOptions, WebSocketServer } from 'ws';
import { AccessPolicy, isTicket } from '#auth';
import { StreamConfig } from '#config';
import { LIMITS, toParleyError } from '#contracts';

type Verdict = (ok: boolean, status?: number, reason?: string, headers?: Record<string, string>) => void;

export class DeliveryWsAdapter extends WsAdapter {
  private readonly options: ServerOptions;

  /** @param app its modules must provide StreamConfig and AccessPolicy */
  constructor(app: INestApplicationContext) {
    super(app);
    const access = app.get(AccessPolicy, { strict: false });
    const { websocketUrl } = app.get(StreamConfig, { strict: false });
    this.options = {
      path: new URL(websocketUrl).pathname,
      maxPayload: LIMITS.websocket_frame_bytes,
      perMessageDeflate: false,
      verifyClient: ({ req }: { req: IncomingMessage }, verdict: Verdict) =>
        access.allowsOrigin(req.headers.origin)
          ? void letIn(access, req, verdict)
          : verdict(false, 403, 'origin not allowed'),
      // A client that sends its token as a subprotocol must be answered with one of those it offered, and
      // the token itself is not for echoing.
      handleProtocols: (offered) => CREDENTIALS.find((name) => offered.has(name)) ?? [...offered][0]!,
    };
  }

  override create(port: number, options: Record<string, unknown> = {}) {
    return super.create(port, { ...options, ...this.options } as never);
  }

  /** A peer's broken or oversized frame is its own affair: `ws` closes it, the log stays quiet. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    server.on('connection', (socket) =>
      socket.on('error', (error) => this.logger.debug(`socket closed; ${error.message}`)),
    );
    server.on('error', (error) => this.logger.error(error));
    return server;
  }

  override bindMessageHandlers(): void {
    // Sessions listen themselves; see DeliveryGateway.handleConnection.
  }
}

/** A wrong token is told in the first frame, to which a browser can listen; too many of them are not even let in. */
async function letIn(access: AccessPolicy, request: IncomingMessage, verdict: Verdict): Promise<void> {
  const token = upgradeToken(request);
  const { remoteAddress } = request.socket;
  if (token === undefined || isTicket(token) || !access.slows(remoteAddress)) return verdict(true);
  try {
    await access.authenticate(token, remoteAddress);
  } catch (thrown) {
    const { code, retryAfterMs = 1 } = toParleyError(thrown);
    if (code === 'rate_limited')
      return verdict(false, 429, 'Too Many Requests', {
        'retry-after': `${Math.ceil(retryAfterMs / 1_000)}`,
      });
  }
  verdict(true);
}

/** Subprotocols that announce a credential as the one after them. */
const CREDENTIALS = ['bearer', 'ticket'] as const;

/** The token or ticket of an upgrade request: `Authorization: Bearer`, or the subprotocols `bearer, <token>`, `ticket, <ticket>`. */
export function upgradeToken(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header) return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? header;
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((part) => part.trim());
  const at = offered?.findIndex((name) => CREDENTIALS.includes(name as never)) ?? -1;
  return at === -1 ? undefined : offered?.[at + 1];
}
