// One WebSocket: reads its frames in the order of arrival, keeps its subscriptions, answers in the form in
// which it was asked. A bad frame costs an error answer, a flood costs the connection, a burst costs its sender time.
import type { RawData, WebSocket } from 'ws';
import { isTicket, type Principal } from '#auth';
import { ERRORS, parseCursor, ParleyError, toParleyError, type ErrorCode } from '#contracts';
import { wrap } from '../render/wrap.js';
import { FrameBudget } from './frame-budget.js';
import { Identity, type Peer } from './identity.js';
import {
  addressOf,
  readObject,
  toCommand,
  type Addressed,
  type Command,
  type RelayDto,
  type SubscribeDto,
} from './read-frame.js';
import type { Answer } from './run-door.js';
import type { SessionServices } from './session-services.js';
import { CLOSE, closeSocket, SocketOutlet } from './socket-outlet.js';
import { Subscriptions } from './subscriptions.js';

/** What kind of channel an envelope names when the frame named none. */
const NO_CHANNEL = 'subscription';
/** How long a socket may stay on which nobody has said who he is, where that is asked. */
const ANONYMOUS_MS = 5_000;

export class Session {
  readonly outlet: SocketOutlet;
  private readonly budget: FrameBudget;
  private readonly identity: Identity;
  private readonly since = Date.now();
  private readonly subscriptions: Subscriptions;
  private unread = 0;
  private flooded = false;
  private expelled = false;

  constructor(
    readonly socket: WebSocket,
    private readonly services: SessionServices,
    private readonly peer: Peer,
  ) {
    this.identity = new Identity(services.access, services.tickets, peer);
    const { config, broadcasts } = services;
    this.outlet = new SocketOutlet(socket, config);
    this.subscriptions = new Subscriptions(this.outlet, broadcasts, config.subscriptionsPerSocket);
    this.budget = new FrameBudget(config.framesPerSecond, config.frameBurst);
  }

  /** @param credential token or ticket of the upgrade. A wrong token is answered with the first frame, a used-up ticket at once */
  greet(credential: string | undefined): void {
    if (credential === undefined) return;
    this.identity.offer(credential);
    this.identity.inTurn(
      credential,
      (principal) => this.identity.become(principal),
      () => {
        if (isTicket(credential)) this.expel();
      },
    );
  }

  /** @param now ms since 1970 */
  checkRights(now: number): void {
    const { access } = this.services;
    const { known } = this.identity;
    const stands = known ? access.stands(known, now) : access.open || now - this.since < ANONYMOUS_MS;
    if (!stands) this.expel();
  }

  receive(data: RawData, isBinary: boolean): void {
    if (this.flooded || this.expelled) return;
    if (!this.budget.take(performance.now())) return this.refuseFlood();
    const frame = data as Buffer;
    this.unread++;
    // Paused, `ws` still hands over what it has taken off the network: at most one chunk.
    if (!this.services.turns.run(frame.length, () => this.read(frame, isBinary))) this.socket.pause();
  }

  /** A line for clients that know the additions; the others ignore what has no status. */
  notify(answer: Answer): void {
    this.outlet.send(Buffer.from(JSON.stringify(answer)));
  }

  close(): void {
    this.outlet.dispose();
    this.subscriptions.closeAll();
  }

  private read(data: Buffer, isBinary: boolean): void {
    if (--this.unread === 0 && this.socket.isPaused) this.socket.resume();
    let address: Addressed = { enveloped: false };
    try {
      if (isBinary) throw new ParleyError('invalid_request', 'unable to read frame; binary');
      const frame = readObject(data);
      address = addressOf(frame);
      this.begin(toCommand(frame), address);
    } catch (error) {
      this.fail(error, address);
    }
  }

  private begin(command: Command, address: Addressed): void {
    if (command.action === 'ping')
      return this.identity.afterwards(() => this.answer({ type: 'pong' }, address));
    const { token } = command.dto;
    const fail = (error: unknown): void => this.fail(error, address);
    this.identity.inTurn(
      token,
      (principal) => void this.execute(command, address, principal).catch(fail),
      (error) => {
        fail(error);
        if (command.action === 'authenticate') this.expel();
      },
    );
  }

  private async execute(command: Asked, address: Addressed, principal: Principal): Promise<void> {
    if (this.expelled) return;
    const { runs } = this.services;
    switch (command.action) {
      case 'subscribe':
        return this.subscribe(command.dto, command.aware, principal, address);
      case 'unsubscribe':
        return this.subscriptions.close(command.dto.channel);
      case 'send':
        return this.served(principal, await runs.send(command.dto, principal), address);
      case 'cancel':
        return this.served(principal, await runs.cancel(command.dto, principal), address);
      case 'history':
        return this.served(principal, await runs.history(command.dto, principal), address);
      case 'relay':
        return this.relay(command.dto, command.payload, principal);
      case 'authenticate':
        return this.authenticate(principal, address);
      default:
        return command satisfies never;
    }
  }

  private async subscribe(
    dto: SubscribeDto,
    aware: boolean,
    principal: Principal,
    address: Addressed,
  ): Promise<void> {
    // Read after its socket had gone: nobody would ever detach it.
    if (this.outlet.closed) return;
    const { channel, format = 'cumulative', run_id: runId } = dto;
    const { tenant } = principal;
    this.services.access.authorize(principal, 'channels:read', channel, this.peer.address);
    this.adopt(principal);
    const cursor = dto.cursor === undefined ? undefined : parseCursor(dto.cursor);
    const options = { format, wrap: address.enveloped ? 'enveloped' : 'bare', runId } as const;
    await this.subscriptions.open({ tenant, channel }, options, cursor, (from) => {
      if (!aware) return;
      const [epoch, offset] = [from.slice(0, from.lastIndexOf(':')), from.slice(from.lastIndexOf(':') + 1)];
      this.answer({ type: 'subscribed', channel, cursor: from, epoch, offset: Number(offset) }, address);
    });
  }

  private async relay(
    { channel }: RelayDto,
    payload: Record<string, unknown>,
    principal: Principal,
  ): Promise<void> {
    const { tenant } = principal;
    this.services.access.authorize(principal, 'channels:write', channel, this.peer.address);
    this.adopt(principal);
    await this.services.relay.publish({ tenant, channel }, payload);
  }

  /** Who was served once is known here, if nobody else is. */
  private served(principal: Principal, answer: Answer, address: Addressed): void {
    if (this.identity.known === undefined) this.identity.become(principal);
    this.answer(answer, address);
  }

  private authenticate(principal: Principal, address: Addressed): void {
    this.adopt(principal);
    const { expiresAt } = principal;
    const until = expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() };
    this.answer({ type: 'authenticated', ...until }, address);
  }

  /** The newest token that opened something is the socket's; what it does not reach is closed, and said so. */
  private adopt(principal: Principal): void {
    if (principal === this.identity.known) return;
    this.identity.become(principal);
    for (const { channel, dress } of this.subscriptions.closeUnreached(principal)) {
      const error = JSON.stringify({ ...toErrorAnswer('not_found'), action: 'subscribe', channel });
      this.outlet.send(wrap(error, dress, channel, ''));
    }
  }

  private expel(): void {
    if (this.expelled) return;
    this.expelled = true;
    this.notify(toErrorAnswer('unauthorized'));
    this.close();
    closeSocket(this.socket, CLOSE.unauthorized, 'unauthorized');
  }

  private answer(answer: Answer, address: Addressed): void {
    const channel = address.channel ?? NO_CHANNEL;
    this.outlet.send(wrap(JSON.stringify(answer), address.enveloped ? 'enveloped' : 'bare', channel, ''));
  }

  private fail(error: unknown, address: Addressed): void {
    const fault = toParleyError(error);
    if (fault.code === 'internal') this.services.logger.error(fault.cause ?? fault, 'frame failed');
    const { enveloped: _, ...named } = address;
    this.answer({ ...toErrorAnswer(fault.code), ...extras(fault), ...named }, address);
  }

  private refuseFlood(): void {
    this.flooded = true;
    this.notify(toErrorAnswer('rate_limited'));
    closeSocket(this.socket, CLOSE.flood, 'too many frames');
  }
}

type Asked = Exclude<Command, { action: 'ping' }>;

const toErrorAnswer = (code: ErrorCode): Answer => ({ type: 'error', code, error: ERRORS[code].text });

function extras({ details, retryAfterMs }: ParleyError): Record<string, unknown> {
  return {
    ...(details.length > 0 && { details }),
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  };
}
