// Sends replies by the ways out that an app has.
import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { RunsModule } from '../runs.module.js';
import { OUTBOX_SENDERS, Outbox } from './outbox.js';
import type { OutboxSender } from './outbox-sender.js';

@Module({})
export class OutboxModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly outbox: Outbox) {}

  /** @param imports modules that export the senders */
  static of(
    imports: NonNullable<ModuleMetadata['imports']>,
    ...senders: Type<OutboxSender>[]
  ): DynamicModule {
    const list = { provide: OUTBOX_SENDERS, inject: senders, useFactory: (...all: OutboxSender[]) => all };
    return {
      module: OutboxModule,
      imports: [RunsModule, ...imports],
      providers: [Outbox, list],
      exports: [Outbox],
    };
  }

  onApplicationBootstrap(): void {
    this.outbox.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.outbox.stop();
  }
}
