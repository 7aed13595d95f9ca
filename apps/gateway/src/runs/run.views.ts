// A run as REST clients see it.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS, RUN_STATUSES, type ErrorCode, type RunStatus, type Usage } from '#contracts';

export class RunErrorView {
  @ApiProperty({ enum: Object.keys(ERRORS) })
  code!: ErrorCode;
  @ApiProperty({ description: 'For the user.' })
  message!: string;
}

export class RunResultView {
  @ApiPropertyOptional({ description: 'The answer, of a completed run.' })
  text?: string;
  @ApiPropertyOptional({ description: 'Why the answer is cut short, if it is.' })
  incomplete?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'integer' }, description: 'Tokens.' })
  usage?: Usage;
  @ApiPropertyOptional({ type: RunErrorView, description: 'Of a failed or cancelled run.' })
  error?: RunErrorView;
}

export class RunView {
  @ApiProperty({ format: 'uuid' })
  run_id!: string;
  @ApiProperty()
  channel!: string;
  @ApiProperty()
  message_id!: string;
  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;
  @ApiProperty({ description: 'How often a worker took it up.' })
  attempt!: number;
  @ApiProperty({ enum: ['rabbitmq', 'kafka', 'rest', 'websocket', 'cli', 'replay'] })
  source!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  started_at?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  finished_at?: string;
  @ApiPropertyOptional()
  thread_id?: string;
  @ApiPropertyOptional()
  assistant_id?: string;
  @ApiPropertyOptional({ description: 'The version of the assistant that the run began with and keeps.' })
  assistant_version?: number;
  @ApiPropertyOptional({ type: RunResultView })
  result?: RunResultView;
}

export class CancellationView {
  @ApiProperty({ format: 'uuid' })
  run_id!: string;
  @ApiProperty({
    enum: ['cancelled', 'requested'],
    description: '`requested`: a worker has been told; the end follows on the channel.',
  })
  outcome!: 'cancelled' | 'requested';
  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;
}
