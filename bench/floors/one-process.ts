// The floor of floors: provider to WebSocket inside one process, nothing kept, one frame per run and turn of the event loop.
import { Door } from './door.js';
import { FloorRun, readUpstream } from './upstream.js';

const door = new Door((channel, message) => void relay(new FloorRun(channel), message));

async function relay(run: FloorRun, message: string): Promise<void> {
  let scheduled = false;
  let offset = 0;
  const flush = (): void => {
    scheduled = false;
    const json = run.take();
    if (json !== undefined) door.push(run.channel, ++offset, json);
  };
  await readUpstream(message, (text) => {
    run.add(text);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  });
  flush();
  door.push(run.channel, ++offset, run.end());
}
