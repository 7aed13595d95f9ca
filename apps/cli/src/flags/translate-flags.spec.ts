import { expect, test } from '@jest/globals';
import { flagsHelp, translateFlags } from './translate-flags.js';

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

test('the help names each old flag beside its command, in two columns', () => {
  const lines = flagsHelp().split('\n').slice(2);
  expect(lines).toHaveLength(8);
  expect(new Set(lines.map((line) => line.indexOf('parley ')))).toHaveProperty('size', 1);
  for (const line of lines) {
    const [, flag, command] = /^ {2}(--\S+).*parley (.*)$/.exec(line)!;
    expect(translateFlags([flag!])).toEqual(command!.split(' '));
  }
});
