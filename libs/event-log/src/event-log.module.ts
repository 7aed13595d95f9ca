// The log's readers for a process; needs the state connection of #redis.
import { Module } from '@nestjs/common';
import { ChannelHub } from './channel-hub.js';
import { EventLog } from './event-log.js';

@Module({ providers: [EventLog, ChannelHub], exports: [EventLog, ChannelHub] })
export class EventLogModule {}
