// Ends threads whose time is up and deletes what a provider keeps of them. Redis forgets its own part by
// itself; this is the part that nobody forgets for us.
import { Injectable, Logger } from '@nestjs/common';
import { JobHandler } from '#jobs';
import { ConversationsClient } from '#openai';
import { eraseConversation, ThreadInventory } from '#threads';

export interface ExpiredThreadsReport {
  /** Threads that were ended. */
  threads: number;
  /** Conversations that were deleted at the provider. */
  conversations: number;
}

@Injectable()
export class ExpiredThreads {
  private readonly logger = new Logger(ExpiredThreads.name);

  constructor(
    private readonly inventory: ThreadInventory,
    private readonly conversations: ConversationsClient,
  ) {}

  /**
   * Safe to repeat and to cut off anywhere: a conversation is forgotten only after the provider has deleted it.
   * @throws the provider's first error after all others were tried, so that the job comes again
   */
  @JobHandler('expired-threads')
  async run(): Promise<ExpiredThreadsReport> {
    const report = { threads: await this.inventory.expire(), conversations: 0 };
    let failure: unknown;
    for await (const { conversation_id, done } of this.inventory.orphans()) {
      try {
        await eraseConversation(this.conversations, conversation_id);
        await done();
        report.conversations += 1;
      } catch (error) {
        failure ??= error;
      }
    }
    if (report.threads + report.conversations > 0) this.logger.log(report, 'expired threads were deleted');
    if (failure !== undefined) throw failure;
    return report;
  }
}
