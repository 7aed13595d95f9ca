import { describe, expect, test } from '@jest/globals';
import { ParleyError } from '#contracts';
import { createLogger } from './create-logger.js';
import { withLogContext } from './log-context.js';
import { nestLogger } from './nest-logger.js';
import { redact } from './redact.js';

function recorder(level = 'INFO') {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: createLogger({ name: 'app', level, to }) };
}

describe('the logger', () => {
  test('carries the ids of the run through awaits, and drops what is not on the list', async () => {
    const { lines, logger } = recorder();
    await withLogContext({ run_id: 'r1', chk: 'digest' }, async () => {
      await Promise.resolve();
      withLogContext({ attempt: 2 }, () =>
        logger.info(
          { outcome: 'completed', message: 'secret text', body: { prompt: 'secret' } },
          'run ended',
        ),
      );
    });
    expect(lines[0]).toMatchObject({
      level: 'info',
      run_id: 'r1',
      chk: 'digest',
      attempt: 2,
      msg: 'run ended',
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('shows an error with its causes, but not what a parser quotes', () => {
    const { lines, logger } = recorder();
    let cause: unknown;
    try {
      JSON.parse('{"my private words');
    } catch (error) {
      cause = error;
    }
    logger.error(
      { err: new ParleyError('internal', 'unable to read event; malformed', { cause }) },
      'failed',
    );
    expect(lines[0]).toMatchObject({
      err: {
        type: 'ParleyError',
        code: 'internal',
        cause: { type: 'SyntaxError', message: 'malformed input' },
      },
    });
    expect(JSON.stringify(lines)).not.toContain('private');
  });

  test('serves Nest: context, object first, errors; the level counts in any case', () => {
    const { lines, logger } = recorder('Warn');
    const nest = nestLogger(logger);
    nest.log('not written', 'Ctx');
    nest.warn({ part: 'redis', cause: 'connection lost', hidden: 1 }, 'part is down', 'Health');
    nest.error(new Error('broken pipe'), 'Ctx');
    nest.warn('plain');
    nest.error(
      { err: Object.assign(new Error('refused'), { command: { args: ['secret'] } }) },
      'with fields',
      'Ctx',
    );
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatchObject({ msg: 'with fields', err: { message: 'refused' }, context: 'Ctx' });
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(lines[0]).toMatchObject({ msg: 'part is down', part: 'redis', context: 'Health' });
    expect(lines[0]).not.toHaveProperty('hidden');
    expect(lines[1]).toMatchObject({ err: { message: 'broken pipe' } });
  });
});

test('a line stays one line, and says nothing to a terminal, whatever a field holds', () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'app', level: 'info', to: { write: (line) => void lines.push(line) } });
  const forged = '"}\n{"level":"fatal","msg":"forged"}\r\u001b[2J\u009b31m\u2028\u202e\u007f';
  const fields = { message_id: forged, reason: forged, err: new Error(forged), [forged]: forged };
  withLogContext({ request_id: forged }, () => logger.info(fields, forged));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'info',
    msg: forged,
    message_id: forged,
    request_id: forged,
    err: { message: forged },
  });
});

test.each([
  ['key sk-proj-abc123DEF456 refused', 'key sk-*** refused'],
  ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ***'],
  ['amqp://guest:s3cret@host/', 'amqp://guest:***@host/'],
  ['t eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl end', 't ***jwt*** end'],
  ['/weather?q=Rome&appid=0123abc', '/weather?q=Rome&appid=***'],
  ['nothing to hide: risk-free', 'nothing to hide: risk-free'],
])('redact %s', (text, expected) => expect(redact(text)).toBe(expected));
