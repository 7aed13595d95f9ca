import { expect, test } from '@jest/globals';
import { tenantMark, toAttributes } from './to-attributes.js';

const vcon = { uuid: 'u', created_at: '2026-03-01T10:00:00Z', subject: 'Kettle', parties: [] };

test('says what, when and about what, and whose it is', () => {
  expect(toAttributes('acme', vcon)).toEqual({
    uuid: 'u',
    tenant: tenantMark('acme'),
    created_at: 1_772_359_200,
    subject: 'Kettle',
  });
});

test('tags of a conserver are attributes too', () => {
  const tagged = {
    ...vcon,
    attachments: [
      { type: 'tags', body: ['team:sales', 'urgent', 7, ''], encoding: 'json' },
      { type: 'other', body: ['a:b'] },
    ],
  };
  expect(toAttributes('acme', tagged)).toMatchObject({
    tags: 'team:sales, urgent:urgent',
    tag_team: 'sales',
    tag_urgent: 'urgent',
  });
  const asText = { ...vcon, attachments: [{ purpose: 'tags', body: '["a b:c"]' }] };
  expect(toAttributes('acme', asText)).toMatchObject({ tag_a_b: 'c' });
  expect(toAttributes('acme', { ...vcon, attachments: [{ type: 'tags', body: 'none' }] })).not.toHaveProperty(
    'tags',
  );
});

test('never more than the provider takes, whatever the vCon says', () => {
  const body = Array.from({ length: 40 }, (_, i) => `${'n'.repeat(80)}${i}:${'v'.repeat(600)}`);
  const own = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`own_${i}`, i]));
  const attributes = toAttributes(
    'acme',
    { ...vcon, created_at: 'never', subject: `${'s'.repeat(511)}😀`, attachments: [{ type: 'tags', body }] },
    { ...own, uuid: 'forged', tenant: 'forged' },
  );
  expect(Object.keys(attributes).length).toBeLessThanOrEqual(16);
  expect(attributes).toMatchObject({
    uuid: 'u',
    tenant: tenantMark('acme'),
    own_10: 10,
    subject: 's'.repeat(511),
  });
  for (const [name, value] of Object.entries(attributes)) {
    expect(name.length).toBeLessThanOrEqual(64);
    expect(String(value).length).toBeLessThanOrEqual(512);
  }
});
