// Message text → script. Words it does not know stay text: people write double brackets too.

import type { CallSpec, Fault, FaultKind, Round, Script } from './directive.js';
import { emptyRound, FAULT_KINDS } from './directive.js';
import { findDirectives } from './find-directives.js';

const MAX_TOKENS = 1_000_000;

/** Pure. Directives that cannot be read (a bad number, bad JSON) are left in the text. */
export function parseScript(text: string): Script {
  const script: Script = {
    rounds: [emptyRound()],
    pace: {},
    stamp: false,
    unbounded: false,
    forever: undefined,
    plain: text,
  };
  if (!text.includes('[[')) {
    script.plain = text.trim();
    return script;
  }
  let plain = '';
  let position = 0;
  for (const { start, end, inner } of findDirectives(text)) {
    if (!apply(script, inner)) continue;
    plain += text.slice(position, start);
    position = end;
  }
  script.plain = (plain + text.slice(position)).replace(/\s+/g, ' ').trim();
  return script;
}

/** Applies one directive (text without brackets) to a script; false when it is none. */
export function apply(script: Script, inner: string): boolean {
  const [, name = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(inner) ?? [];
  const round = script.rounds.at(-1)!;
  if ((FAULT_KINDS as readonly string[]).includes(name)) {
    const fault = toFault(name as FaultKind, rest, inner);
    if (fault !== undefined) round.faults.push(fault);
    return fault !== undefined;
  }
  switch (name) {
    case 'then':
      script.rounds.push(emptyRound());
      return true;
    case 'say':
      textRound(script).text = { kind: 'say', text: rest };
      return true;
    case 'json':
      textRound(script).text = { kind: 'json', text: rest };
      return true;
    case 'recall':
    case 'instructions':
    case 'refuse':
      textRound(script).text = { kind: name };
      return true;
    case 'tokens': {
      const count = Number(rest);
      if (!Number.isInteger(count) || count < 1 || count > MAX_TOKENS) return false;
      textRound(script).text = { kind: 'tokens', count };
      return true;
    }
    case 'stamp':
      script.stamp = true;
      return true;
    case 'unbounded':
      script.unbounded = true;
      return true;
    case 'reasoning':
      round.reasoning = rest === '' ? 'Thinking about the request.' : rest;
      return true;
    case 'search':
      round.search = rest;
      return true;
    case 'tool': {
      const call = toCall(rest);
      if (call !== undefined) round.calls.push(call);
      return call !== undefined;
    }
    case 'tools-forever':
      script.forever = toCall(rest);
      return script.forever !== undefined;
    case 'rate':
    case 'ttft':
    case 'chars': {
      const value = Number(rest);
      if (rest === '' || !Number.isFinite(value) || value < 0) return false;
      script.pace[name] = value;
      return true;
    }
    default:
      return false;
  }
}

/** What is said after a tool call is the answer to its output, so it opens the next round. */
function textRound(script: Script): Round {
  const last = script.rounds.at(-1)!;
  if (last.calls.length === 0) return last;
  const next = emptyRound();
  script.rounds.push(next);
  return next;
}

function toCall(rest: string): CallSpec | undefined {
  const [, name, json = ''] = /^([\w-]+)\s*([\s\S]*)$/.exec(rest) ?? [];
  if (name === undefined) return undefined;
  // Arguments that are no JSON go out as written: a model does that too.
  return { name, arguments: json === '' ? '{}' : json };
}

function toFault(kind: FaultKind, rest: string, source: string): Fault | undefined {
  const options: Record<string, string> = {};
  const words: string[] = [];
  for (const word of rest.split(/\s+/).filter((part) => part !== '')) {
    const split = word.indexOf('=');
    if (split > 0) options[word.slice(0, split)] = word.slice(split + 1);
    else words.push(word);
  }
  let after = -1;
  if (words[0] === 'after') {
    after = Number(words[1]);
    if (!Number.isInteger(after) || after < 0) return undefined;
    words.splice(0, 2);
  } else if (words[0] === 'before') {
    words.shift();
  }
  const times = options['times'] === undefined ? undefined : Number(options['times']);
  if (times !== undefined && !(times >= 0)) return undefined;
  return { kind, after, what: words.join(' '), options, times, source };
}
