// Method and path → handler. Templates are written as in OpenAI's document (`/responses/{response_id}`).

import type { Exchange } from './exchange.js';

export type Handler = (exchange: Exchange) => void | Promise<void>;

interface Route {
  method: string;
  template: string;
  segments: string[];
  handler: Handler;
}

export interface Match {
  handler: Handler;
  template: string;
  params: Record<string, string>;
}

export class Router {
  private readonly exact = new Map<string, Route>();
  private readonly patterns: Route[] = [];

  on(method: string, template: string, handler: Handler): void {
    const route = { method, template, segments: template.split('/'), handler };
    if (template.includes('{')) this.patterns.push(route);
    else this.exact.set(`${method} ${template}`, route);
  }

  /** @returns undefined when nothing serves the path, or nothing by that method */
  find(method: string, path: string): Match | undefined {
    const exact = this.exact.get(`${method} ${path}`);
    if (exact !== undefined) return { handler: exact.handler, template: exact.template, params: {} };
    const parts = path.split('/');
    for (const route of this.patterns) {
      if (route.method !== method || route.segments.length !== parts.length) continue;
      const params = matchParts(route.segments, parts);
      if (params !== undefined) return { handler: route.handler, template: route.template, params };
    }
    return undefined;
  }
}

function matchParts(
  segments: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index]!;
    if (segment.startsWith('{')) {
      if (part === '') return undefined;
      try {
        params[segment.slice(1, -1)] = decodeURIComponent(part);
      } catch {
        // Not a percent encoding, so not an id that anything here could have.
        return undefined;
      }
    } else if (segment !== part) return undefined;
  }
  return params;
}
