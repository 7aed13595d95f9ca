import { expect, test } from '@jest/globals';
import { translateFlags } from './translate-flags.js';

test.each([
  [
    ['threads', 'stats'],
    ['threads', 'stats'],
  ],
  [['--show-thread-stats'], ['threads', 'stats']],
  [
    ['--json', '--show-thread-stats'],
    ['threads', 'stats', '--json'],
  ],
  [
    ['--test-message', 'demo', 'Hello --generate-uuid'],
    ['messages', 'test', 'demo', 'Hello --generate-uuid'],
  ],
  [
    ['--clear-old-threads', '30', '--yes'],
    ['threads', 'clear-old', '30', '--yes'],
  ],
  [
    ['messages', 'test', 'demo', '--generate-uuid'],
    ['messages', 'test', 'demo', '--generate-uuid'],
  ],
  [['--unknown'], ['--unknown']],
  [
    ['--', '--generate-uuid'],
    ['--', '--generate-uuid'],
  ],
  [[], []],
])('%j means %j', (args, expected) => {
  expect(translateFlags(args)).toEqual(expected);
});
