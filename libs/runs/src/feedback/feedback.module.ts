// Feedback on runs, for doors that take it.
import { Module } from '@nestjs/common';
import { FeedbackStore } from './feedback-store.js';

@Module({ providers: [FeedbackStore], exports: [FeedbackStore] })
export class FeedbackModule {}
