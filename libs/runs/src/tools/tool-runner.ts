// Makes one tool call and always has something for the model to read: a tool that is unknown, called wrongly,
// too slow or broken is an answer, not the end of the run. Knows nothing of the journal.
import { Injectable, Logger } from '@nestjs/common';
import { RunsConfig } from '#config';
import type { ModelToolCall } from '#openai';
import { boundedText } from './bounded-text.js';
import { ToolError, type ToolContext } from './tool.js';
import { ToolRegistry } from './tool-registry.js';

/** Of what a tool tells the model, UTF-8. */
const OUTPUT_BYTES = 64 * 1024;

export interface ToolResult {
  ok: boolean;
  output: string;
}

@Injectable()
export class ToolRunner {
  private readonly logger = new Logger(ToolRunner.name);

  constructor(
    private readonly registry: ToolRegistry,
    private readonly config: RunsConfig,
  ) {}

  /** @throws the reason of `context.signal` once that is aborted, and nothing else */
  async run(call: ModelToolCall, context: ToolContext): Promise<ToolResult> {
    context.signal.throwIfAborted();
    const tool = this.registry.get(call.name);
    if (tool === undefined) return failure('There is no tool of this name.');
    const args = parseObject(call.arguments);
    if (args === undefined) return failure('The arguments are not a JSON object.');
    const faults = this.registry.faults(call.name, args);
    if (faults.length > 0) return failure(`The arguments are not valid: ${faults.join('; ')}.`);

    const limit = Math.min(tool.timeout_ms ?? Infinity, this.config.toolMs);
    const late = AbortSignal.timeout(limit);
    const signal = AbortSignal.any([context.signal, late]);
    try {
      // A tool that does not heed its signal must not hold up the run.
      const output = await Promise.race([tool.run(args, { ...context, signal }), aborted(signal)]);
      return { ok: true, output: boundedText(String(output), OUTPUT_BYTES) };
    } catch (error) {
      context.signal.throwIfAborted();
      if (late.aborted) return failure(`The tool did not answer within ${limit / 1_000} s.`);
      if (error instanceof ToolError) return failure(boundedText(error.message, OUTPUT_BYTES / 2));
      this.logger.warn({ tool: tool.name, error: (error as Error)?.name }, 'a tool failed');
      return failure('The tool failed.');
    }
  }
}

const failure = (error: string): ToolResult => ({ ok: false, output: JSON.stringify({ error }) });

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    // Models write nothing at all where there are no parameters.
    const value: unknown = JSON.parse(text.trim() || '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
