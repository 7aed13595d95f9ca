// Who may listen over WebSocket and SSE, and for how long: real servers, real tokens, a real Redis.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditLog, Revocations, Tickets, TokenVerifier, type Principal } from '#auth';
import type { ChannelRef } from '#contracts';
import { answerEvents, emitEvents, TokenIssuer } from '#testing';
import { SseStreams } from '../sse/sse-streams.js';
import { DeliveryRig, newChannel, type DeliveryApp } from '../testing/delivery-app.js';
import type { Json, JsonClient } from '../testing/json-client.js';

let issuer: TokenIssuer;
let rig: DeliveryRig;
let app: DeliveryApp;
let ref: ChannelRef;

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  rig = await DeliveryRig.open();
});
beforeEach(async () => {
  ref = newChannel();
  app = await rig.start({ ...issuer.env, WS_ALLOWED_ORIGINS: '*', SIGN_IN_FAILURES: '0' });
});
afterEach(() => rig.stopApps());
afterAll(async () => {
  await rig.end();
  await issuer.stop();
});

const seconds = (from: number) => Math.floor(Date.now() / 1_000) + from;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const subscribe = (channel: string, extra: object = {}) => ({
  action: 'subscribe',
  channel,
  format: 'delta',
  ...extra,
});
const errors = ({ frames }: JsonClient) => frames.filter((frame) => frame['type'] === 'error');
const channelsOf = ({ frames }: JsonClient, type: string) =>
  frames.filter((frame) => frame['type'] === type).map((frame) => frame['channel']);
const principal = async (claims: object = {}): Promise<Principal> =>
  app.app.get(TokenVerifier).verify(await issuer.token(claims as never));
const ticketFor = async (who: Principal, origin?: string) =>
  (await app.app.get(Tickets).issue(who, origin)).ticket;
const events = (headers: Record<string, string>, channel = ref.channel) =>
  fetch(`http://127.0.0.1:${app.port}/channels/${channel}/events`, { headers });

describe('a wrong token opens nothing', () => {
  it('on a WebSocket: in the upgrade or in a frame', async () => {
    for (const { name, token: make } of await issuer.faults()) {
      const token = await make();
      const options = token === undefined ? {} : bearer(token);
      for (const [client, extra] of [
        [await app.client(options), {}],
        [await app.client(), { token }],
      ] as const) {
        client.say(subscribe(ref.channel, extra));
        const answer = (await client.until((frames) => frames.length > 0))[0];
        // Beyond 8 KiB the frame itself is refused.
        const code = name === '9 KB' && 'token' in extra ? 'invalid_request' : 'unauthorized';
        expect([name, answer]).toEqual([name, expect.objectContaining({ type: 'error', code })]);
        client.socket.terminate();
      }
    }
    expect(app.listeners(ref)).toBe(0);
  });

  it('over SSE: the same answer for every reason', async () => {
    const bodies = new Set<string>();
    for (const { name, token: make } of await issuer.faults()) {
      const token = await make();
      const response = await events(token === undefined ? {} : { authorization: `Bearer ${token}` });
      expect([name, response.status]).toEqual([name, 401]);
      const { trace_id: _, ...body } = (await response.json()) as Json;
      bodies.add(JSON.stringify(body));
    }
    expect(bodies.size).toBe(1);
  });
});

describe('a right token', () => {
  it.each(['HS256', 'RS256', 'ES256'] as const)('of %s opens', async (alg) => {
    const token = await issuer.token({}, { alg });
    for (const client of [await app.client(bearer(token)), await app.client({}, ['bearer', token])]) {
      client.say(subscribe(ref.channel));
      await client.typed('subscribed');
    }
    expect((await events({ authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it.each<[string, object, string, number]>([
    ['without the scope', { scope: 'assistants usage admin' }, 'forbidden', 403],
    ['for other channels', { channels: ['demo', 'team-*'] }, 'not_found', 404],
    ['for no channel', { channels: [] }, 'not_found', 404],
  ])('%s does not', async (_name, claims, code, status) => {
    const token = await issuer.token(claims as never);
    const client = await app.client(bearer(token));
    client.say(subscribe(ref.channel));
    expect(await client.typed('error')).toMatchObject({ code, channel: ref.channel });
    client.say({ channel: ref.channel, payload: { status: 'forged' } });
    await client.until(() => errors(client).length === 2);
    expect(errors(client)[1]).toMatchObject({ code });
    expect((await events({ authorization: `Bearer ${token}` })).status).toBe(status);
  });

  it('of another tenant listens to a channel of its own by the same name', async () => {
    const [mine, theirs] = await Promise.all([issuer.token(), issuer.token({ tenant: 'acme' })]);
    const [ours, other] = [await app.client(bearer(mine)), await app.client(bearer(theirs))];
    for (const client of [ours, other]) {
      client.say(subscribe(ref.channel));
      await client.typed('subscribed');
    }
    await emitEvents(rig.state, ref, answerEvents('m1', ['secret']));
    await ours.typed('run.completed');
    other.say({ action: 'ping' });
    await other.typed('pong');
    expect(other.frames.map(({ type }) => type)).toEqual(['subscribed', 'pong']);
  });

  it('says nothing of a run of another channel', async () => {
    const elsewhere = newChannel();
    const client = await app.client(bearer(await issuer.token({ channels: [ref.channel] })));
    client.say(subscribe(ref.channel, { run_id: 'run-m1' }));
    await client.typed('subscribed');
    await emitEvents(rig.state, elsewhere, answerEvents('m1', ['secret']));
    client.say({ action: 'ping' });
    await client.typed('pong');
    expect(client.frames).toHaveLength(2);
  });

  it('a foreign channel goes on record', async () => {
    const client = await app.client(bearer(await issuer.token({ sub: 'eve', channels: ['x'] })));
    client.say(subscribe(ref.channel));
    await client.typed('error');
    const audit = app.app.get(AuditLog);
    let entry: string | undefined;
    while (entry === undefined)
      entry = (await audit.page({ limit: 100 })).items.find(({ text }) => text.includes('"eve"'))?.text;
    expect(JSON.parse(entry)).toMatchObject({ outcome: 'denied', action: 'channels:read' });
    expect(entry).not.toContain(ref.channel);
  });
});

describe('frames keep their order while a token is verified', () => {
  it('an unsubscribe does not overtake its subscribe', async () => {
    const client = await app.client(bearer(await issuer.token({}, { alg: 'ES256' })));
    client.say(subscribe(ref.channel));
    client.say({ action: 'unsubscribe', channel: ref.channel });
    client.say(subscribe('other'));
    await client.until(() => channelsOf(client, 'subscribed').includes('other'));
    expect(app.listeners(ref)).toBe(0);
  });
});

it('a pong says that what was sent before it has been judged', async () => {
  const client = await app.client(bearer(await issuer.token({ channels: [] }, { alg: 'RS256' })));
  client.say(subscribe(ref.channel));
  client.say({ action: 'ping' });
  await client.typed('pong');
  expect(client.frames.map(({ type }) => type)).toEqual(['error', 'pong']);
});

describe('the end of a token', () => {
  const ends = async (client: JsonClient, event: AsyncIterator<string>) => {
    expect(await client.closed).toBe(4401);
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'unauthorized' });
    let text = '';
    for (let part = await event.next(); !part.done; part = await event.next()) text += part.value;
    expect(text).toMatch(/event: error\ndata: \{"type":"error","code":"unauthorized"/);
    expect(app.listeners(ref)).toBe(0);
  };
  const listen = async (token: string) => {
    const client = await app.client(bearer(token));
    client.say(subscribe(ref.channel));
    await client.typed('subscribed');
    const stream = await events({ authorization: `Bearer ${token}` });
    const text = stream.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    await text.next();
    return { client, text };
  };

  it('ends sockets and streams', async () => {
    // 28 of the 30 s that clocks may differ have passed already.
    const { client, text } = await listen(await issuer.token({ exp: seconds(-28) }));
    await ends(client, text);
  });

  it('by revocation does, too, within seconds', async () => {
    const { client, text } = await listen(await issuer.token({ jti: `j-${ref.channel}` }));
    await new Revocations(rig.state).revoke(`j-${ref.channel}`, Date.now() + 60_000);
    const begun = Date.now();
    await ends(client, text);
    expect(Date.now() - begun).toBeLessThan(60_000);
  });

  it('nobody may stay without one', async () => {
    const client = await app.client();
    app.gateway.checkRights(Date.now() + 4_000);
    client.say({ action: 'ping' });
    await client.typed('pong');
    app.gateway.checkRights(Date.now() + 6_000);
    expect(await client.closed).toBe(4401);
  });

  it('an open system lets stay whoever is there', async () => {
    const open = await rig.start();
    const client = await open.listener(ref);
    open.gateway.checkRights(Date.now() + 86_400_000);
    open.app.get(SseStreams).checkRights(Date.now() + 86_400_000);
    client.say({ action: 'ping' });
    await client.typed('pong');
  });
});

describe('authenticate', () => {
  it('goes on with a new token, and closes what that does not reach', async () => {
    const client = await app.client(bearer(await issuer.token({ exp: seconds(60) })));
    const other = newChannel();
    for (const { channel } of [ref, other]) client.say(subscribe(channel));
    await client.until(() => channelsOf(client, 'subscribed').length === 2);
    const exp = seconds(600);
    client.say({ action: 'authenticate', token: await issuer.token({ exp, channels: [ref.channel] }) });
    const expires_at = new Date((exp + 30) * 1_000).toISOString();
    expect(await client.typed('authenticated')).toEqual({ type: 'authenticated', expires_at });
    expect(errors(client)).toEqual([expect.objectContaining({ code: 'not_found', channel: other.channel })]);
    expect([app.listeners(ref), app.listeners(other)]).toEqual([1, 0]);
    app.gateway.checkRights(Date.now() + 120_000);
    await emitEvents(rig.state, ref, answerEvents('m1', ['still here']));
    await client.typed('run.completed');
  });

  it('another tenant takes nothing along', async () => {
    const client = await app.client(bearer(await issuer.token()));
    client.say(subscribe(ref.channel));
    await client.typed('subscribed');
    client.say({ action: 'authenticate', token: await issuer.token({ tenant: 'acme' }) });
    await client.typed('authenticated');
    expect(app.listeners(ref)).toBe(0);
  });

  it.each(['', 'x.y.z', 'tkt_x'])('with "%s" ends the connection', async (token) => {
    const client = await app.client(bearer(await issuer.token()));
    client.say({ action: 'authenticate', token });
    expect(await client.closed).toBe(4401);
  });

  it('without anything to go by is a mistake', async () => {
    const client = await app.client();
    client.say({ action: 'authenticate' });
    expect(await client.typed('error')).toMatchObject({ code: 'invalid_request' });
  });
});

describe('a ticket', () => {
  it('opens as a subprotocol or in the first frame, once', async () => {
    const ada = await principal();
    const [first, second] = [await ticketFor(ada), await ticketFor(ada)];
    const browser = await app.client({}, ['ticket', first]);
    expect(browser.socket.protocol).toBe('ticket');
    const framed = await app.client();
    framed.say({ action: 'authenticate', ticket: second });
    for (const client of [browser, framed]) {
      client.say(subscribe(ref.channel));
      await client.typed('subscribed');
    }
    expect(await (await app.client({}, ['ticket', first])).closed).toBe(4401);
    const again = await app.client();
    again.say({ action: 'authenticate', ticket: second });
    expect(await again.closed).toBe(4401);
  });

  it.each([
    ['the page that it was made for', 'https://a.example', true],
    ['another page', 'https://b.example', false],
    ['no page', undefined, false],
  ])('of a page, from %s', async (_name, origin, opens) => {
    const ticket = await ticketFor(await principal(), 'https://a.example');
    const client = await app.client(origin === undefined ? {} : { origin }, ['ticket', ticket]);
    client.say(subscribe(ref.channel));
    if (opens) await client.typed('subscribed');
    else expect(await client.closed).toBe(4401);
  });

  it('of somebody else does not pass', async () => {
    const client = await app.client(bearer(await issuer.token()));
    client.say(subscribe(ref.channel));
    await client.typed('subscribed');
    client.say({ action: 'authenticate', ticket: await ticketFor(await principal({ sub: 'eve' })) });
    expect(await client.closed).toBe(4401);
  });

  it('ends with the token that it was made by', async () => {
    const ada = await principal({ exp: seconds(60) });
    const client = await app.client({}, ['ticket', await ticketFor(ada)]);
    client.say(subscribe(ref.channel));
    await client.typed('subscribed');
    app.gateway.checkRights(Date.now() + 120_000);
    expect(await client.closed).toBe(4401);
  });

  it('is no token for SSE', async () => {
    const ticket = await ticketFor(await principal());
    expect((await events({ authorization: `Bearer ${ticket}` })).status).toBe(401);
  });
});
