// Puts the pieces of parallel tool calls together. Servers differ: some give no index, some repeat the id.
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { ModelToolCall } from '../model/model-outcome.js';

type Piece = Partial<ChatCompletionChunk.Choice.Delta.ToolCall>;

export class ChatToolCalls {
  private readonly calls = new Map<number, ModelToolCall>();
  private last = -1;

  add(piece: Piece): void {
    const index = piece.index ?? this.indexOf(piece.id);
    this.last = index;
    const call = this.calls.get(index) ?? { call_id: '', name: '', arguments: '' };
    if (piece.id) call.call_id = piece.id;
    if (piece.function?.name) call.name = piece.function.name;
    call.arguments += piece.function?.arguments ?? '';
    this.calls.set(index, call);
  }

  all(): ModelToolCall[] {
    return [...this.calls.entries()].sort(([a], [b]) => a - b).map(([, call]) => ({ ...call }));
  }

  /** Without an index, an id not seen before begins the next call. */
  private indexOf(id: string | undefined): number {
    if (id === undefined) return Math.max(0, this.last);
    const known = [...this.calls].find(([, call]) => call.call_id === id);
    return known?.[0] ?? this.calls.size;
  }
}
