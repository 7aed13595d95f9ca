// What a run tells the model: the thread's past, the user's message, and what finished rounds have added.
// A round is kept as JSON items, and the outputs of its tool calls come from the journal.
import type { ModelToolCall, ResponseInputItem, ResponseOutputItem } from '#openai';
import type { Context } from '#threads';
import type { JournalEntry } from './tool-journal.js';

type Item = ResponseInputItem | ResponseOutputItem;

export class Conversation {
  readonly user: ResponseInputItem;
  /** Since the user's message, tool outputs included. */
  readonly added: Item[] = [];
  /** How much of `added` the provider's transcript has seen. */
  private sent = 0;
  private first = true;

  constructor(
    private readonly context: Context,
    message: string,
  ) {
    this.user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: message }] };
  }

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
  add(items: readonly ResponseOutputItem[]): void {
    this.added.push(...items);
    // A transcript at the provider has them from the response itself.
    this.sent = this.added.length;
  }

  answer(call_id: string, output: string): void {
    this.added.push({ type: 'function_call_output', call_id, output });
  }

  /** What the next request carries. */
  input(): { input: ResponseInputItem[]; conversation?: string } {
    const { conversation, history } = this.context;
    const first = this.first;
    this.first = false;
    if (conversation === undefined || first) {
      this.sent = this.added.length;
      const input = [...history, this.user, ...this.added] as ResponseInputItem[];
      return { input, ...(conversation !== undefined && { conversation }) };
    }
    const input = this.added.slice(this.sent) as ResponseInputItem[];
    this.sent = this.added.length;
    return { input, conversation };
  }
}
