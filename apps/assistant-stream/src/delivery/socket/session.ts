// One WebSocket: reads its frames in the order of arrival, keeps its subscriptions, answers in the form in
// which it was asked. A bad frame costs an error answer, a flood costs the connection, a burst costs its sender time.
import type { RawData, WebSocket } from 'ws';
import { ERRORS, parseCursor, ParleyError, toParleyError, type ErrorCode } from '#contracts';
import type { Subscription } from '../subscription.js';
import type { Wrap } from '../render/wrap.js';
import { wrap } from '../render/wrap.js';
import { FrameBudget } from './frame-budget.js';
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

/** What kind of channel an envelope names when the frame named none. */
const NO_CHANNEL = 'subscription';

export class Session {
  readonly outlet: SocketOutlet;
  private readonly budget: FrameBudget;
  private subscriptions: Map<string, Subscription> | undefined;
  private unread = 0;
  private flooded = false;

  constructor(
    readonly socket: WebSocket,
    private readonly services: SessionServices,
    private token: string | undefined,
  ) {
    this.outlet = new SocketOutlet(socket, services.config);
    this.budget = new FrameBudget(services.config.framesPerSecond, services.config.frameBurst);
  }

  receive(data: RawData, isBinary: boolean): void {
    if (this.flooded) return;
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
    for (const subscription of this.subscriptions?.values() ?? [])
      this.services.broadcasts.detach(subscription);
    this.subscriptions = undefined;
  }

  private read(data: Buffer, isBinary: boolean): void {
    if (--this.unread === 0 && this.socket.isPaused) this.socket.resume();
    let address: Addressed = { enveloped: false };
    try {
      if (isBinary) throw new ParleyError('invalid_request', 'unable to read frame; binary');
      const frame = readObject(data);
      address = addressOf(frame);
      this.execute(toCommand(frame), address).catch((error: unknown) => this.fail(error, address));
    } catch (error) {
      this.fail(error, address);
    }
  }

  private async execute(command: Command, address: Addressed): Promise<void> {
    // A token that comes in a frame is kept only once it has opened something.
    const token = ('dto' in command ? command.dto.token : undefined) ?? this.token;
    const { runs } = this.services;
    switch (command.action) {
      case 'subscribe':
        return this.subscribe(command.dto, command.aware, token, address);
      case 'unsubscribe':
        return this.unsubscribe(command.dto.channel);
      case 'send':
        return this.answer(await runs.send(command.dto, token), address);
      case 'cancel':
        return this.answer(await runs.cancel(command.dto, token), address);
      case 'history':
        return this.answer(await runs.history(command.dto, token), address);
      case 'relay':
        return this.relay(command.dto, command.payload, token);
      case 'ping':
        return this.answer({ type: 'pong' }, address);
      default:
        return command satisfies never;
    }
  }

  private async subscribe(
    dto: SubscribeDto,
    aware: boolean,
    token: string | undefined,
    address: Addressed,
  ): Promise<void> {
    // Read after its socket had gone: nobody would ever detach it.
    if (this.outlet.closed) return;
    const { access, broadcasts, config } = this.services;
    const { channel } = dto;
    const { tenant } = access.authorize(token, 'read', channel);
    this.token = token;
    const cursor = dto.cursor === undefined ? undefined : parseCursor(dto.cursor);
    const subscriptions = (this.subscriptions ??= new Map<string, Subscription>());
    if (!subscriptions.has(channel) && subscriptions.size >= config.subscriptionsPerSocket)
      throw new ParleyError('rate_limited', 'unable to subscribe; too many subscriptions on this socket', {
        details: [`at most ${config.subscriptionsPerSocket} subscriptions`],
      });
    // Asking again replaces: a client that changes its format or cursor does not get everything twice.
    this.unsubscribe(channel);
    const dress: Wrap = address.enveloped ? 'enveloped' : 'bare';
    const subscription = broadcasts.create(this.outlet, {
      format: dto.format ?? 'cumulative',
      wrap: dress,
      runId: dto.run_id,
    });
    subscriptions.set(channel, subscription);
    try {
      await broadcasts.attach({ tenant, channel }, subscription, cursor, (from) => {
        if (!aware) return;
        const [epoch, offset] = [from.slice(0, from.lastIndexOf(':')), from.slice(from.lastIndexOf(':') + 1)];
        this.answer({ type: 'subscribed', channel, cursor: from, epoch, offset: Number(offset) }, address);
      });
    } catch (error) {
      if (subscriptions.get(channel) === subscription) this.unsubscribe(channel);
      throw error;
    }
  }

  private unsubscribe(channel: string): void {
    const subscription = this.subscriptions?.get(channel);
    if (!subscription) return;
    this.subscriptions?.delete(channel);
    this.services.broadcasts.detach(subscription);
  }

  private async relay(
    { channel }: RelayDto,
    payload: Record<string, unknown>,
    token: string | undefined,
  ): Promise<void> {
    const { tenant } = this.services.access.authorize(token, 'write', channel);
    this.token = token;
    await this.services.relay.publish({ tenant, channel }, payload);
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

const toErrorAnswer = (code: ErrorCode): Answer => ({ type: 'error', code, error: ERRORS[code].text });

function extras({ details, retryAfterMs }: ParleyError): Record<string, unknown> {
  return {
    ...(details.length > 0 && { details }),
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  };
}
