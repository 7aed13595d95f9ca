import { describe, expect, test } from '@jest/globals';

import type { JournalEntry } from './journal.js';
import { Journal, keyDigest, withoutSecrets } from './journal.js';

function entry(path: string, bytes = 10): JournalEntry {
  return {
    n: 0,
    connection: 0,
    time: '',
    method: 'POST',
    path,
    query: '',
    headers: { 'content-length': String(bytes) },
    key: undefined,
    body: { path },
    route: undefined,
    response_id: undefined,
    status: undefined,
    outcome: 'running',
    fault: undefined,
    error_code: undefined,
    dead_api: false,
    stream: false,
    tokens_sent: 0,
    duration_ms: undefined,
  };
}

describe('Journal', () => {
  test('keeps the newest and finds by path, number and limit', () => {
    const journal = new Journal();
    for (let n = 0; n < 100; n += 1) journal.add(entry(n % 2 === 0 ? '/v1/models' : '/v1/responses'), 10);
    const numbers = (found: JournalEntry[]) => found.map(({ n }) => n);
    expect(numbers(journal.find({}, 10))).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(numbers(journal.find({ path: '/v1/responses', since: 94, limit: 2 }, 10))).toEqual([98, 100]);
    journal.clear();
    expect(journal.add(entry('/'), 10).n).toBe(101);
  });

  test('bodies stay within their budget, entries stay', () => {
    const journal = new Journal();
    for (let n = 0; n < 5; n += 1) journal.add(entry('/', 60 << 20), 10);
    expect(journal.find({}, 10).map(({ body }) => body !== undefined)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test('knows no keys', () => {
    expect(withoutSecrets({ authorization: 'Bearer sk-1', cookie: 'a', host: 'b' })).toEqual({ host: 'b' });
    expect(keyDigest('sk-1')).toMatch(/^[0-9a-f]{12}$/);
    expect(keyDigest('')).toBeUndefined();
  });
});
