// The body of POST /runs/{run_id}/feedback, and the answer.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { WellFormed } from '#contracts';
import type { Score } from '#runs';

const SCORES = [1, 2, 3, 4, 5, 'up', 'down'] as const;
export const COMMENT_CHARS = 2_000;

export class FeedbackDto {
  @ApiProperty({
    oneOf: [
      { type: 'integer', minimum: 1, maximum: 5 },
      { type: 'string', enum: ['up', 'down'] },
    ],
    description: '1 to 5; `up` is 5 and `down` is 1.',
  })
  @IsIn(SCORES, { message: 'score must be a whole number from 1 to 5, up or down' })
  score!: (typeof SCORES)[number];

  @ApiPropertyOptional({ maxLength: COMMENT_CHARS, description: 'Dropped unless FEEDBACK_COMMENTS is on.' })
  @IsOptional()
  @IsString()
  @MaxLength(COMMENT_CHARS)
  @WellFormed()
  comment?: string;
}

export class FeedbackView {
  @ApiProperty({ format: 'uuid' })
  run_id!: string;
  @ApiProperty({ minimum: 1, maximum: 5 })
  score!: number;
  @ApiProperty({ description: 'It takes the place of what the same person had said of this run.' })
  replaced!: boolean;
}

export function toScore(score: FeedbackDto['score']): Score {
  if (score === 'up') return 5;
  return score === 'down' ? 1 : score;
}
