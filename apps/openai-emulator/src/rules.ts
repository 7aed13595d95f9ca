// Faults and answers set from outside for the requests that match, instead of by words in a message.

import { ApiError } from './errors.js';
import { isBodyFault } from './http/body-faults.js';

export interface Rule {
  match: {
    /** Prefix of the path, `/v1/…`. */
    path?: string;
    method?: string;
    /** Somewhere in the body's JSON text. */
    contains?: string;
  };
  /** A directive with or without its brackets. */
  directive: string;
  /** Requests it still applies to; undefined is all. */
  times?: number;
}

export class Rules {
  private rules: Rule[] = [];

  get all(): readonly Rule[] {
    return this.rules;
  }

  /** @throws ApiError 400 when the rule cannot be read */
  add(value: Record<string, unknown>): Rule {
    const { match = {}, directive, times } = value;
    if (typeof directive !== 'string' || directive === '') throw ApiError.missing('directive');
    if (times !== undefined && !(typeof times === 'number' && times > 0))
      throw ApiError.invalidType('times', 'a positive number', times);
    if (typeof match !== 'object' || match === null) throw ApiError.invalidType('match', 'an object', match);
    for (const [name, wanted] of Object.entries(match)) {
      if (!['path', 'method', 'contains'].includes(name))
        throw ApiError.badRequest(`Unknown match: '${name}'.`, 'match');
      if (typeof wanted !== 'string') throw ApiError.invalidType(`match.${name}`, 'a string', wanted);
    }
    const rule: Rule = { match, directive: bare(directive) };
    if (times !== undefined) rule.times = times as number;
    this.rules.push(rule);
    return rule;
  }

  clear(): void {
    this.rules = [];
  }

  /**
   * The directives for a request, each use counted.
   * @param wanted those that are taken; the others keep their count
   */
  take(
    method: string,
    path: string,
    body: unknown,
    wanted = (directive: string) => !isBodyFault(directive),
  ): string[] {
    if (this.rules.length === 0) return [];
    const taken: string[] = [];
    for (const rule of this.rules) {
      const { match } = rule;
      if (!wanted(rule.directive)) continue;
      if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
      if (match.path !== undefined && !path.startsWith(match.path)) continue;
      if (match.contains !== undefined && !(JSON.stringify(body) ?? '').includes(match.contains)) continue;
      if (rule.times !== undefined) rule.times -= 1;
      taken.push(rule.directive);
    }
    this.rules = this.rules.filter((rule) => rule.times === undefined || rule.times > 0);
    return taken;
  }
}

/** Directives of a header or rule: `[[a]] [[b]]`, or one without brackets. */
export function bare(text: string): string {
  return text
    .trim()
    .replace(/^\[\[\s*/, '')
    .replace(/\s*\]\]$/, '');
}
