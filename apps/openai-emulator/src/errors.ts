// OpenAI's error bodies and the failures a test can ask for by name. Knows nothing of requests.

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** An answer other than 2xx: thrown by any handler, sent by the server as OpenAI words it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly type = 'invalid_request_error',
    readonly param: string | null = null,
    readonly code: string | null = null,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get body(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }

  static badRequest(message: string, param: string | null = null, code: string | null = null): ApiError {
    return new ApiError(400, message, 'invalid_request_error', param, code);
  }

  static notFound(message: string, param: string | null = null, code: string | null = null): ApiError {
    return new ApiError(404, message, 'invalid_request_error', param, code);
  }

  static missing(param: string): ApiError {
    return ApiError.badRequest(
      `Missing required parameter: '${param}'.`,
      param,
      'missing_required_parameter',
    );
  }

  static unsupported(param: string, instead?: string): ApiError {
    const hint = instead === undefined ? '' : ` Use '${instead}' instead.`;
    return ApiError.badRequest(
      `Unsupported parameter: '${param}' is not supported with this model.${hint}`,
      param,
      'unsupported_parameter',
    );
  }

  static invalidType(param: string, expected: string, got: unknown): ApiError {
    const kind = got === null ? 'null' : Array.isArray(got) ? 'an array' : `a ${typeof got}`;
    return ApiError.badRequest(
      `Invalid type for '${param}': expected ${expected}, but got ${kind} instead.`,
      param,
      'invalid_type',
    );
  }
}

interface Failure {
  status: number;
  message: string;
  type: string;
  param?: string;
  code?: string;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  '400': { status: 400, message: 'Invalid request.', type: 'invalid_request_error' },
  '401': {
    status: 401,
    message:
      'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    code: 'invalid_api_key',
  },
  '403': {
    status: 403,
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
  },
  '404': {
    status: 404,
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  '429': {
    status: 429,
    message: 'Rate limit reached for requests. Please try again later.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  '500': {
    status: 500,
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
  },
  '503': {
    status: 503,
    message: 'The engine is currently overloaded, please try again later',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
  },
  quota: {
    status: 429,
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  },
  slow_down: {
    status: 429,
    message: 'Please reduce your request rate and hold it for at least 15 minutes.',
    type: 'rate_limit_error',
    code: 'slow_down',
  },
  context: {
    status: 400,
    message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
    type: 'invalid_request_error',
    param: 'input',
    code: 'context_length_exceeded',
  },
  scope: {
    status: 403,
    message: 'You have insufficient permissions for this operation. Missing scopes: api.vector_stores.write.',
    type: 'invalid_request_error',
    code: 'missing_scope',
  },
  locked: {
    status: 400,
    message: 'Another process is currently operating on this conversation. Please retry in a few seconds.',
    type: 'invalid_request_error',
    param: 'conversation',
    code: 'conversation_locked',
  },
};

/** What providers and the proxies before them have been seen to tell: none of it may go on to anybody. */
const INDISCRETION = [
  'Incorrect API key provided: sk-proj-****************************leakTail.',
  'organization org-leakOrganization on tokens per min, project proj_leakProject, user user-leakUser,',
  'mail leak@owner.example. Upstream http://leak-host.internal:8443/v1 (10.11.12.13:8443) refused:',
  'Error: refused\n    at leakFrame (/srv/leak/app.js:10:20)\n    at async leakCaller (/srv/leak/main.js:3:7)',
].join(' ');

/**
 * The error of a `[[fail …]]` directive.
 * @param what a name above or any HTTP status from 400 to 599
 * @param options `code=`, `type=`, `retry-after=` (seconds), `retry-after-ms=`, `x-should-retry=`, `leak=yes`
 */
export function failure(what: string, options: Readonly<Record<string, string>> = {}): ApiError {
  const status = Number(what);
  const known = FAILURES[what];
  if (known === undefined && !(status >= 400 && status < 600)) {
    throw ApiError.badRequest(`Unknown failure: '${what}'.`);
  }
  const found: Failure = known ?? {
    status,
    message: `Asked to fail with HTTP status ${what}.`,
    type: status < 500 ? 'invalid_request_error' : 'server_error',
  };
  const headers: Record<string, string> = {};
  for (const name of ['retry-after', 'retry-after-ms', 'x-should-retry']) {
    if (options[name] !== undefined) headers[name] = options[name];
  }
  return new ApiError(
    found.status,
    options['leak'] === 'yes' ? `${found.message} ${INDISCRETION}` : found.message,
    options['type'] ?? found.type,
    found.param ?? null,
    options['code'] ?? found.code ?? null,
    headers,
  );
}
