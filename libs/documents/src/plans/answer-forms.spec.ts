// What is sent must be what the strict mode takes: the rules are OpenAI's own.
import { expect, test } from '@jest/globals';
import { ANSWER_FORMS, readAnswer } from './answer-forms.js';

type Node = Record<string, unknown>;
const TAKEN = new Set([
  'type',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'minimum',
  'maximum',
]);

function check(node: Node, depth: number, seen: { properties: number; chars: number }): void {
  expect(Object.keys(node).filter((key) => !TAKEN.has(key))).toEqual([]);
  expect(depth).toBeLessThanOrEqual(10);
  if (node['type'] === 'object') {
    const properties = node['properties'] as Record<string, Node>;
    expect(node['additionalProperties']).toBe(false);
    expect(node['required']).toEqual(Object.keys(properties));
    for (const [name, child] of Object.entries(properties)) {
      seen.properties++;
      seen.chars += name.length;
      check(child, depth + 1, seen);
    }
  }
  if (node['type'] === 'array') check(node['items'] as Node, depth + 1, seen);
}

test.each(Object.entries(ANSWER_FORMS))(
  '%s is a schema that the strict mode takes',
  (_, { name, schema }) => {
    expect(name).toMatch(/^[\w-]{1,64}$/);
    const seen = { properties: 0, chars: 0 };
    check(schema, 1, seen);
    expect(seen.properties).toBeLessThan(5_000);
    expect(seen.chars).toBeLessThan(120_000);
  },
);

test('says what does not fit by path and rule, never by what was said', () => {
  const read = readAnswer('grade', '{"completeness":{"score":101,"reason":"secret"},"canary":1}');
  expect(read).toMatchObject({
    ok: false,
    faults: expect.arrayContaining(['answer/completeness/score: must be <= 100']),
  });
  expect(JSON.stringify(read)).not.toMatch(/canary|secret/);
  expect(readAnswer('create', '{"project_name":"x')).toEqual({
    ok: false,
    faults: ['answer: is not valid JSON'],
  });
});
