// The emulator in a test's own process. In its own process it is started by main.ts.

import type { AddressInfo } from 'node:net';

import { Control } from './control.js';
import { Emulator } from './emulator.js';
import { createEmulatorServer } from './server.js';

export { Control, type Objects } from './control.js';
export type { JournalEntry, JournalFilter, Outcome } from './journal.js';
export type { UploadSummary } from './http/upload.js';
export type { Rule } from './rules.js';
export type { Settings } from './settings.js';

export interface RunningEmulator {
  /** `http://host:port`; OpenAI's API is below `${url}/v1`. */
  url: string;
  /** Breaks every connection off and frees the port. */
  close(): Promise<void>;
  control: Control;
}

export interface EmulatorOptions {
  /** 0 or none takes a free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Told of an error that is the emulator's own fault; default: standard error. */
  report?: (error: unknown) => void;
}

/** Listens and resolves when requests are answered. @throws the listen error, such as EADDRINUSE */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const { port = 0, host = '127.0.0.1', report = toStandardError } = options;
  const emulator = new Emulator(report);
  const server = createEmulatorServer(emulator);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 4096, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    control: new Control(emulator),
    close: () =>
      new Promise((resolve) => {
        emulator.reset();
        emulator.wheel.clear();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toStandardError(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}
