// The body and the answer of POST /dead-letters/replays.
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';

const SOURCES = ['runs', 'rabbitmq'] as const;

export class ReplayDto {
  @ApiProperty({
    enum: SOURCES,
    description: "`runs`: what /dead-letters lists; `rabbitmq`: RabbitMQ's failed queue, /failed-messages.",
  })
  @IsIn(SOURCES)
  source!: (typeof SOURCES)[number];

  @ApiProperty({ description: 'Of one, or `all`.', example: 'all', maxLength: 200 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  id!: string;
}

export class ReplayView extends ReplayDto {
  @ApiProperty({ description: 'Of the job in the queue `dead-letter-replay`.' })
  job_id!: string;
}
