// What every session needs, once per process.
import { Injectable, Logger } from '@nestjs/common';
import { AccessPolicy, Tickets } from '#auth';
import { DeliveryConfig } from '#config';
import { TurnBudget } from '#contracts';
import { Broadcasts } from '../broadcasts.js';
import { Relay } from '../relay.js';
import { RunDoor } from './run-door.js';

@Injectable()
export class SessionServices {
  readonly logger = new Logger('Session');
  /** One for all sockets: they share the event loop. */
  readonly turns = new TurnBudget();

  constructor(
    readonly config: DeliveryConfig,
    readonly access: AccessPolicy,
    readonly broadcasts: Broadcasts,
    readonly relay: Relay,
    readonly runs: RunDoor,
    readonly tickets: Tickets,
  ) {}
}
