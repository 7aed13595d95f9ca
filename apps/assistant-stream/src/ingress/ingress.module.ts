// The ingress role: RabbitMQ in. `main` connects the transport: `app.connectMicroservice({ strategy: app.get(RabbitServer) })`.
import { Module } from '@nestjs/common';
import { RabbitModule } from '#messaging';
import { RunsModule } from '#runs';
import { MessageConsumer } from './message.consumer.js';
import { PatientIntake } from './patient-intake.js';

/** Expects the global modules of config, telemetry and Redis. */
@Module({
  imports: [RabbitModule, RunsModule],
  controllers: [MessageConsumer],
  providers: [PatientIntake],
  exports: [PatientIntake, RabbitModule],
})
export class IngressModule {}
