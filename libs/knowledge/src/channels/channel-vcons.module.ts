// Provides ChannelVcons. Needs the global RedisModule and ConfigModule.
import { Module } from '@nestjs/common';
import { ThreadsModule } from '#threads';
import { VconStorageModule } from '../storage/vcon-storage.module.js';
import { ChannelVcons } from './channel-vcons.js';

@Module({ imports: [ThreadsModule, VconStorageModule], providers: [ChannelVcons], exports: [ChannelVcons] })
export class ChannelVconsModule {}
