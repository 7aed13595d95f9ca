import { describe, expect, test } from '@jest/globals';

import { parseScript } from './parse-script.js';

describe('parseScript', () => {
  test('text without directives', () => {
    expect(parseScript(' Hello ')).toMatchObject({
      plain: 'Hello',
      rounds: [{ text: undefined, calls: [] }],
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['see [[Wiki page]] and [[]]', { plain: 'see [[Wiki page]] and [[]]' }],
    ['an open [[say x', { plain: 'an open [[say x' }],
    ['[[tokens 0]] [[rate -1]] [[tool]]', { plain: '[[tokens 0]] [[rate -1]] [[tool]]' }],
    ['a [[rate 50]] b [[ttft 300]] [[chars 2]]', { plain: 'a b', pace: { rate: 50, ttft: 300, chars: 2 } }],
    ['[[say it]] [[stamp]]', { stamp: true, rounds: [{ text: { kind: 'say', text: 'it' } }] }],
    ['[[json {"a":[[1]]}]]', { rounds: [{ text: { kind: 'json', text: '{"a":[[1]]}' } }] }],
    ['[[say a { brace]] b', { plain: 'b', rounds: [{ text: { kind: 'say', text: 'a { brace' } }] }],
    ['[[tools-forever f {"a":"]]"}]]', { forever: { name: 'f', arguments: '{"a":"]]"}' } }],
  ])('%s', (text, expected) => {
    expect(parseScript(text)).toMatchObject(expected);
  });

  test('rounds: then, and text behind a call', () => {
    const { rounds } = parseScript(
      '[[say first]] [[tool a {}]] [[tool b]] [[then]] [[tool c {}]] [[say last]]',
    );
    expect(
      rounds.map(({ text, calls }) => [
        text?.kind === 'say' ? text.text : '',
        calls.map((call) => call.name),
      ]),
    ).toEqual([
      ['first', ['a', 'b']],
      ['', ['c']],
      ['last', []],
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    [
      '[[fail 429 retry-after=2 times=3]]',
      { kind: 'fail', what: '429', options: { 'retry-after': '2' }, times: 3 },
    ],
    ['[[cut after 5]]', { kind: 'cut', after: 5, times: undefined }],
    ['[[hang before]]', { kind: 'hang', after: -1 }],
    ['[[hang after 2 ms=60]]', { kind: 'hang', after: 2, options: { ms: '60' } }],
    ['[[no-blank-line]]', { kind: 'no-blank-line', after: -1 }],
  ])('fault %s', (text, expected) => {
    expect(parseScript(text).rounds[0]?.faults).toMatchObject([expected]);
  });
});
