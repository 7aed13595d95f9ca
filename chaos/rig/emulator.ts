// The stand-in for the provider as a process of its own, and its control endpoint.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, OwnedProcess } from '#testing';
import type { UpstreamCall, WeatherCall } from '../history/history.js';
import { CANARY_KEY } from './canaries.js';

interface JournalEntry {
  time: string;
  method: string;
  path: string;
  query: string;
  status?: number;
  outcome: string;
  fault?: string;
  body?: unknown;
  response_id?: string;
}

export class Emulator {
  private constructor(
    readonly url: string,
    private readonly process: OwnedProcess,
  ) {}

  static async start(root: string, dir: string): Promise<Emulator> {
    const port = await freePort();
    const owned = await OwnedProcess.start({
      command: process.execPath,
      args: [join(root, 'dist/apps/openai-emulator/src/main.js')],
      env: { PATH: process.env['PATH'], PORT: String(port) },
      log: join(dir, 'emulator.log'),
    });
    const emulator = new Emulator(`http://127.0.0.1:${port}`, owned);
    const deadline = Date.now() + 30_000;
    for (;;) {
      try {
        await emulator.post('defaults', { journal_bodies: false, journal_entries: 200_000 });
        return emulator;
      } catch (error) {
        if (Date.now() > deadline || !owned.alive) throw error;
        await delay(50);
      }
    }
  }

  async rule(directive: string, times?: number): Promise<void> {
    const match = { path: '/v1/responses', method: 'POST' };
    await this.post('rules', { match, directive, ...(times !== undefined && { times }) });
  }

  async clearRules(): Promise<void> {
    await fetch(`${this.url}/_emulator/rules`, { method: 'DELETE' });
  }

  async calls(): Promise<UpstreamCall[]> {
    return (await this.journal('/v1/')).map(({ time, method, path, status, outcome, fault }) => ({
      at: Date.parse(time),
      method,
      path,
      status,
      outcome,
      fault,
    }));
  }

  /** From here on requests are kept with what they asked. */
  async keepBodies(): Promise<void> {
    await this.post('defaults', { journal_bodies: true });
  }

  /** The responses that were asked for, by the word that a pattern finds in the requests, in their order. */
  async asked(pattern: RegExp): Promise<Map<string, string[]>> {
    const calls = new Map<string, string[]>();
    for (const { method, path, body, response_id = '' } of await this.journal('/v1/')) {
      if (method !== 'POST' || !path.endsWith('/responses')) continue;
      const [word] = pattern.exec(JSON.stringify(body)) ?? [];
      if (word !== undefined) calls.set(word, [...(calls.get(word) ?? []), response_id]);
    }
    return calls;
  }

  /** Tokens that a response was billed with; 0 for one that is not kept. */
  async billed(responseId: string): Promise<number> {
    const headers = { authorization: `Bearer ${CANARY_KEY}` };
    const response = await fetch(`${this.url}/v1/responses/${responseId}`, { headers });
    const { usage } = (await response.json()) as { usage?: { total_tokens: number } | null };
    return usage?.total_tokens ?? 0;
  }

  async weather(): Promise<WeatherCall[]> {
    return (await this.journal('/openweather/')).map(({ time, query }) => ({
      at: Date.parse(time),
      city: new URLSearchParams(query).get('q') ?? '',
    }));
  }

  async stop(): Promise<void> {
    await this.process.kill9();
  }

  private async journal(path: string): Promise<JournalEntry[]> {
    const response = await fetch(`${this.url}/_emulator/journal?path=${encodeURIComponent(path)}`);
    const body = (await response.json()) as JournalEntry[] | { data: JournalEntry[] };
    return Array.isArray(body) ? body : body.data;
  }

  private async post(route: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/_emulator/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`unable to control the emulator; ${await response.text()}`);
  }
}
