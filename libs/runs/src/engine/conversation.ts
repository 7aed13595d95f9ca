// What a run tells the model: the thread's past, the user's message, and what finished rounds have added.
// A round is kept as JSON items, and the outputs of its tool calls come from the journal.
import type { ModelToolCall, ResponseInputItem, ResponseOutputItem } from '#openai';
import type { Context } from '#threads';
import type { JournalEntry } from './tool-journal.js';

type Item = ResponseInputItem | ResponseOutputItem;

export class Conversation {
  /** Since the user's message, tool outputs included. */
  readonly added: Item[] = [];
  /** How much of `added` the provider's transcript has seen. */
  private sent = 0;
  private context: Context | undefined;

  /**
   * @param begin looks up the past; called when the attempt first needs it, see `TranscriptStore.context`
   * @param user what the transcript keeps of the user's message
   * @param asked what the model is shown of it
   */
  constructor(
    private readonly begin: () => Promise<Context>,
    readonly user: ResponseInputItem,
    private readonly asked = user,
  ) {}

  /** Puts back what finished rounds said. @returns calls of the last round that the journal has no output for */
  restore(rounds: readonly string[], journal: Readonly<Record<string, string>>): ModelToolCall[] {
    const pending: ModelToolCall[] = [];
    for (const row of rounds) {
      const items = JSON.parse(row) as ResponseOutputItem[];
      this.added.push(...items);
      for (const item of items) {
        if (item.type !== 'function_call') continue;
        const entry =
          journal[item.call_id] === undefined
            ? undefined
            : (JSON.parse(journal[item.call_id]!) as JournalEntry);
        if (entry?.state === 'done') this.answer(item.call_id, entry.output ?? '');
        else pending.push({ call_id: item.call_id, name: item.name, arguments: item.arguments });
      }
    }
    return pending;
  }

  /** The model has ended a round with these items. */
  add(items: readonly Item[]): void {
    this.added.push(...items);
    // A transcript at the provider has them from the response itself.
    this.sent = this.added.length;
  }

  answer(call_id: string, output: string): void {
    this.added.push({ type: 'function_call_output', call_id, output });
  }

  /** A response that was found again goes on in this transcript of the provider, which has everything so far. */
  goesOnIn(conversation: string): void {
    this.context = { history: [], conversation };
  }

  /** What the next request carries. */
  async input(): Promise<{ input: ResponseInputItem[]; conversation?: string }> {
    const first = this.context === undefined;
    this.context ??= await this.begin();
    const { conversation, history } = this.context;
    const partly = conversation !== undefined && !first;
    const items = partly ? this.added.slice(this.sent) : [...history, this.asked, ...this.added];
    this.sent = this.added.length;
    return { input: items as ResponseInputItem[], ...(conversation !== undefined && { conversation }) };
  }
}
