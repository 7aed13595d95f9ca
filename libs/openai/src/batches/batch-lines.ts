// A ModelRequest as a line of a batch, and a line of its results as the outcome or the error that it is. Pure.
import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { Response } from 'openai/resources/responses/responses';
import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { toChatBody } from '../chat/to-chat-body.js';
import { toChatOutcome } from '../chat/to-chat-outcome.js';
import { sanitise } from '../errors/sanitise.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { upstreamKind, type ProviderFault } from '../errors/upstream-kind.js';
import type { ModelApi } from '../model/model-client.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import type { ModelRequest } from '../model/model-request.js';
import { toOutcome } from '../responses/to-outcome.js';
import { toResponsesBody } from '../responses/to-responses-body.js';

export const BATCH_ENDPOINTS = { responses: '/v1/responses', chat: '/v1/chat/completions' } as const;

/** What became of one line. */
export type BatchRow = { custom_id: string } & ({ outcome: ModelOutcome } | { error: UpstreamError });

/** @returns one row of JSON, without its line end */
export function toBatchLine(
  custom_id: string,
  request: ModelRequest,
  api: ModelApi,
  catalogue: ModelCatalogue,
): string {
  const { request: shaped, capabilities } = catalogue.shapeRequest(request, api);
  // Nobody listens, and no round follows that would need the reasoning.
  const {
    stream: _,
    stream_options: __,
    ...body
  } = api === 'chat' ? toChatBody(shaped, capabilities) : toResponsesBody(shaped, false);
  return JSON.stringify({ custom_id, method: 'POST', url: BATCH_ENDPOINTS[api], body });
}

/** @returns undefined for a row that cannot be told whose it is */
export function readBatchRow(text: string, api: ModelApi): BatchRow | undefined {
  let row: Row;
  try {
    row = JSON.parse(text) as Row;
  } catch {
    return undefined;
  }
  const { custom_id } = row ?? {};
  if (typeof custom_id !== 'string') return undefined;
  try {
    return { custom_id, outcome: { ...outcomeOf(row, api), tier: 'batch' } };
  } catch (error) {
    return { custom_id, error: toUpstreamError(error) };
  }
}

interface Row {
  custom_id?: unknown;
  response?: { status_code?: number; body?: unknown } | null;
  error?: ProviderFault | null;
}

/** @throws UpstreamError */
function outcomeOf({ response, error }: Row, api: ModelApi): ModelOutcome {
  const { status_code: status, body } = response ?? {};
  if (status === 200 && typeof body === 'object' && body !== null)
    return api === 'chat' ? toChatOutcome(body as ChatCompletion) : toOutcome(body as Response, 0);
  const fault = error ?? (body as { error?: ProviderFault } | undefined)?.error ?? {};
  const detail = sanitise(fault.message);
  throw new UpstreamError(upstreamKind({ ...fault, status }), 'the batch holds no answer for the line', {
    ...(status === undefined ? {} : { status }),
    ...(typeof fault.code === 'string' ? { upstream_code: fault.code } : {}),
    ...(detail ? { detail } : {}),
  });
}
