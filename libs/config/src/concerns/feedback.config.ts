import { IsBoolean, IsInt, Min } from 'class-validator';
import { Env } from '../env.js';

export class FeedbackConfig {
  @Env('FEEDBACK_SECONDS', 'How long feedback on runs is kept and counts in the satisfaction score.')
  @IsInt()
  @Min(60)
  seconds: number = 30 * 24 * 3600;

  @Env(
    'FEEDBACK_COMMENTS',
    '`true` keeps the comments that come with feedback; else they are dropped unread.',
  )
  @IsBoolean()
  comments: boolean = false;
}
