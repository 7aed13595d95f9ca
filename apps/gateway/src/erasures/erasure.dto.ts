// Whom an erasure is about, as it is asked for, and what the answers show.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ChannelName, LIMITS, ParleyError, validate, WellFormed, type Subject } from '#contracts';

/** One of the two. */
export class ErasureDto {
  @ApiPropertyOptional({
    example: 'ada@example.com',
    description: 'As the askers call them; spelling in capitals does not matter.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LIMITS.user_chars)
  @Matches(/\S/, { message: 'user must not be blank' })
  @WellFormed()
  user?: string;

  @ApiPropertyOptional({ example: 'demo' })
  @IsOptional()
  @ChannelName()
  channel?: string;
}

/** @throws ParleyError `invalid_request` */
export function toSubject(tenant: string, body: unknown): Subject {
  const { user, channel } = validate(ErasureDto, body, 'refuse');
  const name = user ?? channel;
  if (name === undefined || (user !== undefined && channel !== undefined))
    throw new ParleyError('invalid_request', 'unable to read subject; one of user and channel', {
      details: ['exactly one of user and channel must be given'],
    });
  return { tenant, kind: user === undefined ? 'channel' : 'user', name };
}

export class ErasureAcceptedView {
  @ApiProperty({ example: 'erasure_3f…' })
  id!: string;
}

export class ErasureView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: ['user', 'channel'] })
  kind!: string;
  @ApiProperty({ description: 'A digest: the name itself is not kept.' })
  subject!: string;
  @ApiProperty({ enum: ['queued', 'running', 'incomplete', 'done'] })
  status!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Pieces removed, by store.',
  })
  removed!: Record<string, number>;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'What the newest try could not remove, by store; it is tried again.',
  })
  left!: Record<string, number>;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Once it is done, signed, with each object of vCons, files and documents and what the provider answered for it; `parley erasures verify` checks it. Kept for 90 days.',
  })
  receipt?: object;
}
