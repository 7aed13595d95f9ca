// What a process that answers tells of itself beside its runs: the provider as a part of health, and how much waits.
import { Module } from '@nestjs/common';
import { OpenaiModule } from '#openai';
import { WorkersModule } from '../workers.module.js';
import { Backlog } from './backlog.js';
import { ProviderHealth } from './provider-health.js';

@Module({ imports: [WorkersModule, OpenaiModule], providers: [Backlog, ProviderHealth] })
export class WorkerHealthModule {}
