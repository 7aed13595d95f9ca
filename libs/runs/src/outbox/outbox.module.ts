// Sends replies by the ways out that an app has.
import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { OUTBOX_SENDERS, OutboxLane } from './outbox-lane.js';
import type { OutboxSender } from './outbox-entry.js';

@Module({})
export class OutboxModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly lane: OutboxLane) {}

  /** @param imports modules that export the senders */
  static of(
    imports: NonNullable<ModuleMetadata['imports']>,
    ...senders: Type<OutboxSender>[]
  ): DynamicModule {
    const list = { provide: OUTBOX_SENDERS, inject: senders, useFactory: (...all: OutboxSender[]) => all };
    return { module: OutboxModule, imports, providers: [OutboxLane, list], exports: [OutboxLane] };
  }

  onApplicationBootstrap(): void {
    this.lane.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.lane.stop();
  }
}
