// Which offered tool a message asks for without a directive, and with what arguments: by name, by the words of its name,
// or because the request forces one.

import { parseScript } from '../directives/parse-script.js';
import type { CallSpec } from '../directives/directive.js';
import { fromSchema } from './from-schema.js';
import type { OfferedTool, Question } from './turns.js';

const VERBS = new Set([
  'get',
  'find',
  'fetch',
  'search',
  'list',
  'create',
  'make',
  'do',
  'run',
  'read',
  'current',
  'lookup',
]);

export function wantedCall(question: Question, userText: string): CallSpec | undefined {
  const { tools, toolChoice } = question;
  if (tools.length === 0 || toolChoice.mode === 'none' || toolChoice.search === true) return undefined;
  const text = parseScript(userText).plain;
  const forced = tools.find((tool) => tool.name === toolChoice.force);
  const tool = forced ?? tools.find((offered) => mentions(text, offered.name));
  const chosen = tool ?? (toolChoice.mode === 'required' ? tools[0] : undefined);
  return chosen === undefined ? undefined : { name: chosen.name, arguments: argumentsFor(chosen, text) };
}

function mentions(text: string, name: string): boolean {
  const lower = text.toLowerCase();
  if (lower.includes(name.toLowerCase())) return true;
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]+/)
    .filter((word) => word.length > 2 && !VERBS.has(word));
  return words.length > 0 && words.every((word) => new RegExp(`\\b${word}`, 'u').test(lower));
}

/** Free strings get the name that follows in/for/at/of ("weather in New York"), else the whole text. */
function argumentsFor(tool: OfferedTool, text: string): string {
  const place = /\b(?:in|for|at|of)\s+([\p{Lu}][\p{L}'-]*(?:\s+[\p{Lu}][\p{L}'-]*)*)/u.exec(text);
  const value = fromSchema(tool.parameters ?? { type: 'object', properties: {} }, place?.[1] ?? text);
  return JSON.stringify(typeof value === 'object' && value !== null ? value : {});
}
