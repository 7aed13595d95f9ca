// The tools of this process by name. A module adds its own with `register`, at any time before they are used.
import { Injectable } from '@nestjs/common';
import type { FunctionToolDefinition } from '#openai';
import { argumentChecker, type ArgumentChecker } from './argument-checker.js';
import type { Tool } from './tool.js';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

@Injectable()
export class ToolRegistry {
  private readonly tools = new Map<string, { tool: Tool; check: ArgumentChecker }>();

  /** @throws Error on a bad or taken name, or a schema that cannot be compiled: faults of the program */
  register(tool: Tool): void {
    if (!NAME.test(tool.name))
      throw new Error(`unable to register tool; bad name ${JSON.stringify(tool.name)}`);
    if (this.tools.has(tool.name)) throw new Error(`unable to register tool ${tool.name}; the name is taken`);
    this.tools.set(tool.name, { tool, check: argumentChecker(tool.parameters) });
  }

  get(name: string): Tool | undefined {
    return this.tools.get(name)?.tool;
  }

  list(): Tool[] {
    return [...this.tools.values()].map(({ tool }) => tool);
  }

  /** For a model's request; names that this process lacks are left out. */
  definitions(names: readonly string[]): FunctionToolDefinition[] {
    return names.flatMap((name) => {
      const tool = this.get(name);
      if (tool === undefined) return [];
      const { description, parameters } = tool;
      return [{ type: 'function' as const, name, description, parameters, strict: false }];
    });
  }

  /** Faults of these arguments in words, empty when there are none. The tool must be known. */
  faults(name: string, args: unknown): string[] {
    return this.tools.get(name)!.check(args);
  }
}
