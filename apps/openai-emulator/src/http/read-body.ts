// Request body → JSON, within a size that a real request never passes.

import type { IncomingMessage } from 'node:http';

import { ApiError } from '../errors.js';

const MAX_BYTES = 64 << 20;

/**
 * @returns the parsed body, undefined when there is none
 * @throws ApiError 400 for bad JSON, 413 past 64 MiB; the socket's error when the client leaves before the end
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw Object.assign(
      ApiError.badRequest(
        'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
      ),
      { cause },
    );
  }
}

/** By events: an async iterator would cost more than all the rest of a small request. */
function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
    });
    request.once('end', () => {
      if (bytes > MAX_BYTES) reject(new ApiError(413, 'Request body is too large.'));
      else resolve(chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString());
    });
    request.once('error', reject);
  });
}
