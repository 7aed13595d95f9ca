// Deletes a conversation at the provider with everything in it. The provider keeps the items of a deleted
// conversation and lists no conversations: items go first, and an id that we forget can never be deleted.
import type { ConversationsClient } from '#openai';

/** Deletions under way at a time. */
const PARALLEL = 5;

/** Safe to repeat; what is gone already counts as deleted. @throws UpstreamError */
export async function eraseConversation(
  client: ConversationsClient,
  conversation: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const ids: string[] = [];
    for await (const { id } of client.listItems(conversation, undefined, signal)) if (id) ids.push(id);
    await deleteItems(client, conversation, ids, signal);
    await client.delete(conversation, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

export async function deleteItems(
  client: ConversationsClient,
  conversation: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < ids.length; at += PARALLEL) {
    const some = ids.slice(at, at + PARALLEL).map(async (id) => {
      try {
        await client.deleteItem(conversation, id, signal);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    });
    await Promise.all(some);
  }
}

/** Told by the error's own field, so that this lib does not load the provider's SDK where it is not used. */
export const isGone = (error: unknown): boolean => (error as { kind?: unknown }).kind === 'not_found';
