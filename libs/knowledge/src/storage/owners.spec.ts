import { expect, test } from '@jest/globals';
import { contactsOf, listsOfPerson, mailAddress, ownersOf, phoneNumber } from './owners.js';

test.each([
  ['mailto:Ada@Example.com', 'ada@example.com'],
  [' ADA@example.com ', 'ada@example.com'],
  ['mailto:ada%2Bcalls@example.com?subject=x', 'ada+calls@example.com'],
  ['100%@example.com', '100%@example.com'],
  ['ada', undefined],
  ['', undefined],
  [7, undefined],
])('the address of %j is %j', (text, address) => {
  expect(mailAddress(text)).toBe(address);
});

test.each([
  ['tel:+1-555-0100', '+15550100'],
  ['+1 (555) 0100', '+15550100'],
  ['0015550100', '+15550100'],
  ['TEL:+15550100;ext=7', '+15550100'],
  ['1234', '1234'],
  ['12', undefined],
  ['call me', undefined],
  [undefined, undefined],
])('the number of %j is %j', (text, number) => {
  expect(phoneNumber(text)).toBe(number);
});

test('a person is found by each of the spellings, in the tenant alone, and by nothing that a key shows', () => {
  const vcon = {
    uuid: 'u',
    parties: [{ mailto: 'mailto:Ada@example.com' }, { tel: 'tel:+1-555-0100' }, { email: 'bob@example.com' }],
  };
  const owners = ownersOf('key', 'acme', contactsOf(vcon), { saved_by: 'Eve@example.com', channel: 'room' });
  expect(owners).toHaveLength(5);
  for (const name of ['ADA@EXAMPLE.COM', '+1 555 0100', 'bob@example.com', 'eve@example.com'])
    expect(owners.filter((owner) => listsOfPerson('key', 'acme', name).includes(owner))).toHaveLength(1);
  expect(listsOfPerson('key', 'other', 'ada@example.com').some((list) => owners.includes(list))).toBe(false);
  expect(listsOfPerson('other', 'acme', 'ada@example.com').some((list) => owners.includes(list))).toBe(false);
  expect(owners.join()).not.toMatch(/ada|555|bob|eve|room/i);
  expect(ownersOf('key', 'acme', contactsOf(undefined), {})).toEqual([]);
});
