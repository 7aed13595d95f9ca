// Every door of HTTP against every kind of wrong token, and against a right one of another tenant. Prints the table of what was tried.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';
import { toTable, type TriedRoute } from '../support/token-cases.js';
import { TokenIssuer } from '../support/token-issuer.js';

interface Route {
  method: string;
  /** With its parameters' names. */
  template: string;
  url: string;
  scope: string;
}

const SCOPES = ['assistants', 'channels', 'vcons', 'documents', 'usage', 'admin'];
/** Case of the table → name of the fault that the issuer makes. */
const FAULTS = {
  'no token': 'none',
  'bad signature': 'bad signature',
  'wrong algorithm': 'an algorithm that is not accepted',
  expired: 'expired 31 s ago',
  'wrong audience': 'wrong aud',
};
const DOCUMENTED = '/api/openai-assistant/';

let issuer: TokenIssuer;
let parley: ParleySystem;
/** Of the tenant `default`; nobody else may see or touch them. */
let own: { assistant: string; run: string };
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, SIGN_IN_FAILURES: '0' } });
  const made = await ask('POST', '/assistants', { purpose: 'matrix', instructions: 'Mine.' });
  const sent = await ask('POST', '/channels/matrix/messages', { message: 'hi', message_id: 'matrix-1' });
  own = { assistant: String(made['id']), run: String(sent['run_id']) };
  const path = `/runs/${own.run}`;
  while ((await ask('GET', path))['status'] !== 'completed') await new Promise((r) => setTimeout(r, 50));
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  return (await parley.rest(method, path, body, bearer(await issuer.token()))).body;
}

/** The documented ones first, then the gateway's others, then those that its document does not tell of. */
async function allRoutes(): Promise<Route[]> {
  const { body } = await parley.rest('GET', '/docs-json');
  type Operation = { 'x-scope'?: string; security?: object[] };
  const paths = Object.entries(body['paths'] as Record<string, Record<string, Operation>>);
  const told = paths.flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([, { security = [] }]) => security.length > 0)
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        template,
        url: parley.gateway!.url + fill(template),
        scope: operation['x-scope']!,
      })),
  );
  const rank = ({ template }: Route): number => (template.startsWith(DOCUMENTED) ? 0 : 1);
  const board = '/admin/queues/api/queues';
  const events = '/channels/{channel}/events';
  return [
    ...told.sort((a, b) => rank(a) - rank(b)),
    { method: 'GET', template: board, url: parley.gateway!.url + board, scope: 'admin' },
    { method: 'GET', template: events, url: parley.delivery.url + fill(events), scope: 'channels:read' },
  ];
}

const fill = (template: string): string =>
  template
    .replace('{run_id}', own.run)
    .replace('{channel}', 'matrix')
    .replace(/(?<=\/(?:assistants|details|update|delete)\/)\{id\}/, own.assistant)
    .replace('{version}', '1')
    .replace(/\{\w+\}/g, '0-1');

/** @returns the status, and the body but for a stream's, which is let go */
async function call({ method, url }: Route, token: string | undefined): Promise<[number, string]> {
  const response = await fetch(url, { method, headers: token === undefined ? {} : bearer(token) });
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (!streams) return [response.status, await response.text()];
  await response.body?.cancel();
  return [response.status, ''];
}

const allBut = (scope: string): string => SCOPES.filter((name) => name !== scope.split(':')[0]).join(' ');

test('no route opens to a wrong token, and none shows or changes what is another tenant’s', async () => {
  const routes = await allRoutes();
  // The ten of the documentation, and the refresh interval's.
  expect(routes.filter(({ template }) => template.startsWith(DOCUMENTED))).toHaveLength(11);
  expect(routes.length).toBeGreaterThan(30);
  const look = async () =>
    Promise.all(
      [`/assistants/${own.assistant}/versions`, `/runs/${own.run}`, '/channels/matrix/messages'].map((path) =>
        ask('GET', path),
      ),
    );
  const before = await look();
  const faults = await issuer.faults();
  const tried: TriedRoute[] = [];
  const leaks: string[] = [];
  for (const route of routes) {
    const statuses = new Map<string, number>();
    for (const [name, fault] of Object.entries(FAULTS)) {
      const { token } = faults.find((one) => one.name === fault)!;
      statuses.set(name, (await call(route, await token()))[0]);
    }
    const narrow = await issuer.token({ scope: allBut(route.scope) });
    statuses.set('wrong scope', (await call(route, narrow))[0]);
    const [status, body] = await call(route, await issuer.token({ tenant: 'acme', sub: 'eve' }));
    statuses.set('other tenant', status);
    if (Object.values(own).some((id) => body.includes(id))) leaks.push(`${route.method} ${route.template}`);
    tried.push({ route: `${route.method.padEnd(6)} ${route.template}`, statuses });
  }
  process.stdout.write(`\n${toTable(tried)}\n`);

  for (const [i, { scope, template }] of routes.entries()) {
    const { route, statuses } = tried[i]!;
    for (const name of Object.keys(FAULTS))
      expect([route, name, statuses.get(name)]).toEqual([route, name, 401]);
    // A ticket needs a token and no scope.
    expect([route, statuses.get('wrong scope')]).toEqual([route, scope === 'token' ? 201 : 403]);
    const other = statuses.get('other tenant')!;
    if (scope === 'admin') expect([route, other]).toEqual([route, 403]);
    // What is named is looked for after the body was read.
    else if (fill(template).includes(own.assistant) || fill(template).includes(own.run))
      expect([route, [400, 404].includes(other)]).toEqual([route, true]);
    else expect([route, other < 500]).toEqual([route, true]);
  }
  expect(leaks).toEqual([]);
  expect(await look()).toEqual(before);
}, 120_000);
