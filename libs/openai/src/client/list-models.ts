// Which models the provider offers right now. Unlike ModelHealth it keeps nothing, and a failure is an error.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import { toUpstreamError } from '../errors/to-upstream-error.js';

const TRIES = 3;
const PAUSE_MS = 250;
const ASK_MS = 5_000;

/** @throws UpstreamError after three tries, or at once where trying again cannot help */
export async function listModels(openai: OpenAI): Promise<ReadonlySet<string>> {
  for (let tries = 1; ; tries++) {
    try {
      const page = await openai.models.list({ timeout: ASK_MS, signal: AbortSignal.timeout(ASK_MS) });
      return new Set(page.data.map(({ id }) => id));
    } catch (error) {
      const failure = toUpstreamError(error);
      if (failure.recovery !== 'retry_later' || tries === TRIES) throw failure;
      await sleep(PAUSE_MS * tries);
    }
  }
}
