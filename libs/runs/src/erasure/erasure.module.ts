// Finding and erasing what runs keep of a user or a channel.
import { Module } from '@nestjs/common';
import { RunsModule } from '../runs.module.js';
import { EraseScripts } from './erase-scripts.js';
import { RunErasure } from './run-erasure.js';
import { StreamErasure } from './stream-erasure.js';

@Module({
  imports: [RunsModule],
  providers: [EraseScripts, RunErasure, StreamErasure],
  exports: [EraseScripts, RunErasure, StreamErasure],
})
export class RunErasureModule {}
