// Reads server-sent events as a browser's EventSource would, until a story has seen enough.

export interface SseEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

export interface ReadOptions {
  headers?: Record<string, string>;
  /** Asked after each event; `count` includes it. */
  until: (event: SseEvent & { count: number }) => boolean;
  waitMs?: number;
}

export async function readEvents(
  url: string,
  { headers = {}, until, waitMs = 15_000 }: ReadOptions,
): Promise<SseEvent[]> {
  const signal = AbortSignal.timeout(waitMs);
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal });
  if (!response.ok) throw new Error(`events refused: ${response.status} ${await response.text()}`);
  const events: SseEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const event of blocks.flatMap(parse)) {
      events.push(event);
      // Leaving the loop cancels the body, and with it the connection.
      if (until({ ...event, count: events.length })) return events;
    }
  }
  return events;
}

function parse(block: string): SseEvent[] {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => line.includes(':') && !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
  );
  const data = fields.get('data');
  if (data === undefined) return [];
  return [
    {
      id: fields.get('id') ?? '',
      event: fields.get('event') ?? 'message',
      data: JSON.parse(data) as Record<string, unknown>,
    },
  ];
}
