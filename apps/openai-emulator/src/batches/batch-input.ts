// The lines of a batch's input file, checked as OpenAI checks them before it starts. Pure.

import type { BatchError } from 'openai/resources/batches';

export interface BatchLine {
  custom_id: string;
  body: Record<string, unknown>;
}

export interface BatchInput {
  lines: BatchLine[];
  /** Any of them fails the batch as a whole. */
  errors: BatchError[];
}

const MOST_LINES = 50_000;
const MOST_ERRORS = 100;

export function readBatchInput(text: string, endpoint: string): BatchInput {
  const lines: BatchLine[] = [];
  const errors: BatchError[] = [];
  const seen = new Set<string>();
  let model: unknown;
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '' || errors.length >= MOST_ERRORS) continue;
    const complain = (code: string, message: string, param: string | null = null): void => {
      errors.push({ code, message, param, line: index + 1 });
    };
    const line = parse(row);
    if (line === undefined) {
      complain('invalid_json_line', 'This line is not parseable as valid JSON.');
      continue;
    }
    const { custom_id, method, url, body } = line;
    if (typeof custom_id !== 'string' || custom_id === '')
      complain('missing_required_parameter', `Missing required parameter: 'custom_id'.`, 'custom_id');
    else if (seen.has(custom_id))
      complain('duplicate_custom_id', `The custom_id '${custom_id}' is already in use.`, 'custom_id');
    else if (method !== 'POST') complain('invalid_method', `Invalid method: expected 'POST'.`, 'method');
    else if (url !== endpoint)
      complain(
        'mismatched_url',
        `The URL provided for this request does not match the batch endpoint.`,
        'url',
      );
    else if (!isObject(body))
      complain('missing_required_parameter', `Missing required parameter: 'body'.`, 'body');
    else if (model !== undefined && body['model'] !== model)
      complain('mismatched_model', 'All requests of a batch must be for one model.', 'body.model');
    else {
      model = body['model'];
      seen.add(custom_id);
      lines.push({ custom_id, body });
    }
  }
  if (lines.length === 0 && errors.length === 0)
    errors.push({ code: 'empty_file', message: 'The input file is empty.', param: null, line: null });
  if (lines.length > MOST_LINES)
    errors.push({
      code: 'too_many_tasks',
      message: `The limit is ${MOST_LINES} requests.`,
      param: null,
      line: null,
    });
  return { lines, errors };
}

function parse(row: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(row);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
