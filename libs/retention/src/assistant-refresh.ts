// Refreshes assistants whose interval has passed, also where nobody asks for them.
import { Injectable, Logger } from '@nestjs/common';
import { AssistantManager } from '#assistants';
import { toParleyError } from '#contracts';
import { JobHandler } from '#jobs';

@Injectable()
export class AssistantRefresh {
  private readonly logger = new Logger(AssistantRefresh.name);

  constructor(private readonly manager: AssistantManager) {}

  /** The next turn is near, so a provider that cannot be asked is a warning, not a failed job. @returns new ids */
  @JobHandler('assistant-refresh')
  async run(): Promise<string[]> {
    try {
      return await this.manager.refreshDue();
    } catch (error) {
      this.logger.warn({ code: toParleyError(error).code }, 'assistants could not be refreshed');
      return [];
    }
  }
}
