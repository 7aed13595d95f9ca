// Finding and erasing what runs keep of a user or a channel.
import { Module } from '@nestjs/common';
import { UsageModule } from '#usage';
import { BatchStore } from '../batch/batch-store.js';
import { RunsModule } from '../runs.module.js';
import { BatchErasure } from './batch-erasure.js';
import { EraseScripts } from './erase-scripts.js';
import { RunErasure } from './run-erasure.js';
import { StreamErasure } from './stream-erasure.js';

@Module({
  imports: [RunsModule, UsageModule],
  providers: [BatchErasure, BatchStore, EraseScripts, RunErasure, StreamErasure],
  exports: [BatchErasure, EraseScripts, RunErasure, StreamErasure],
})
export class RunErasureModule {}
