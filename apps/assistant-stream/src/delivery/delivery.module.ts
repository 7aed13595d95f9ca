// Delivery of the event log to WebSocket and SSE subscribers. The app must provide the configuration classes
// AccessConfig, ServerConfig, StreamConfig and DeliveryConfig, and the state of RedisModule.
import { Module } from '@nestjs/common';
import { AuthModule } from '#auth';
import { EventLogModule } from '#event-log';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { Broadcasts } from './broadcasts.js';
import { LastFrameTrace } from './last-frame-trace.js';
import { Relay } from './relay.js';
import { DeliveryGateway } from './socket/delivery.gateway.js';
import { RunDoor } from './socket/run-door.js';
import { SessionServices } from './socket/session-services.js';
import { ChannelEventsController } from './sse/channel-events.controller.js';
import { SseStreams } from './sse/sse-streams.js';

@Module({
  imports: [AuthModule, EventLogModule, RunsModule, ThreadsModule],
  controllers: [ChannelEventsController],
  providers: [Broadcasts, LastFrameTrace, Relay, RunDoor, SessionServices, DeliveryGateway, SseStreams],
})
export class DeliveryModule {}
