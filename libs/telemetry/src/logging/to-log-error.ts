// An error as a log shows it: class, code, reason and place, with its causes. The texts of foreign parsers quote
// what they parsed, so those are left out; the stack is only its frames, because its head repeats the text.

const MESSAGE_CHARS = 500;
const FRAMES = 12;
const DEPTH = 4;

export interface LogError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LogError;
}

export function toLogError(error: unknown, depth = 0): LogError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'thrown value is not an error' };
  const code = (error as { code?: unknown }).code;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: error instanceof SyntaxError ? 'malformed input' : error.message.slice(0, MESSAGE_CHARS),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(frames && frames.length > 0 && { stack: frames.slice(0, FRAMES).join('\n') }),
    ...(error.cause !== undefined && depth < DEPTH && { cause: toLogError(error.cause, depth + 1) }),
  };
}
