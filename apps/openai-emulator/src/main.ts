// The emulator as a process. PORT (default 4010, 0 = any free one) and HOST (default 127.0.0.1) come from the environment.

import { startEmulator } from './index.js';

const emulator = await startEmulator({
  port: Number(process.env['PORT'] ?? 4010),
  host: process.env['HOST'] ?? '127.0.0.1',
});
process.stdout.write(`${JSON.stringify({ listening: emulator.url })}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void emulator.close().then(() => process.exit(0));
  });
}
