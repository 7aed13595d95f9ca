// The ingress role: RabbitMQ in, and replays of what was set aside. `main` connects the transport: `app.connectMicroservice({ strategy: app.get(RabbitServer) })`.
import { Module } from '@nestjs/common';
import { JobsModule } from '#jobs';
import { RabbitModule } from '#messaging';
import { RunsModule } from '#runs';
import { DeadLetterReplayer } from './dead-letter.replayer.js';
import { MessageConsumer } from './message.consumer.js';
import { PatientIntake } from './patient-intake.js';

/** Expects the global modules of config, telemetry and Redis. */
@Module({
  imports: [RabbitModule, RunsModule, JobsModule],
  controllers: [MessageConsumer],
  providers: [PatientIntake, DeadLetterReplayer],
  exports: [PatientIntake, RabbitModule],
})
export class IngressModule {}
