import { expect, it } from '@jest/globals';
import { readHints, type LiveHint } from './live-hint.js';

it.each<[string, string, LiveHint[]]>([
  ['one line', 'a e.1 7 {"x":1}', [{ chk: 'a', epoch: 'e.1', offset: 7, json: '{"x":1}' }]],
  [
    'spaces inside the event',
    'a e.1 7 {"x":"1 2 3"}',
    [{ chk: 'a', epoch: 'e.1', offset: 7, json: '{"x":"1 2 3"}' }],
  ],
  [
    'only what is wanted',
    'b e.1 1 {}\na e.1 2 {}\nb e.1 3 {}\na e.1 4 {}',
    [
      { chk: 'a', epoch: 'e.1', offset: 2, json: '{}' },
      { chk: 'a', epoch: 'e.1', offset: 4, json: '{}' },
    ],
  ],
  ['nothing', '', []],
])('%s', (_name, message, expected) => {
  const taken: LiveHint[] = [];
  readHints(
    message,
    (chk) => chk === 'a',
    (hint) => taken.push(hint),
  );
  expect(taken).toEqual(expected);
});
