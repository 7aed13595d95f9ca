// Request body → JSON, within a size that a real request never passes.

import type { IncomingMessage } from 'node:http';

import { ApiError } from '../errors.js';

const MAX_BYTES = 64 << 20;

/** @returns the parsed body, undefined when there is none. @throws ApiError 400 for bad JSON, 413 past 64 MiB */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ApiError(413, 'Request body is too large.');
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (cause) {
    throw Object.assign(
      ApiError.badRequest(
        'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
      ),
      { cause },
    );
  }
}
