// The reader against bytes that no well-behaved server sends.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { ModelClients } from '../client/model-clients.js';
import { SinkRecorder } from '../model/sink-recorder.js';

type Script = (response: ServerResponse) => void | Promise<void>;

const REQUEST = { model: 'any', input: [{ role: 'user' as const, content: 'hello' }], tools: [] };
const never = new AbortController().signal;

const message = (index: number, text: string) => ({
  type: 'message',
  id: `msg_${index}`,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const final = (texts: string[]) => ({
  id: 'resp_1',
  model: 'any',
  status: 'completed',
  output: texts.map((text, index) => message(index, text)),
});

/** The events of an answer in one or more messages, each in pieces of `size` characters. */
function events(texts: string[], size = 3): object[] {
  const list: object[] = [{ type: 'response.created', response: { id: 'resp_1' } }];
  texts.forEach((text, output_index) => {
    list.push({ type: 'response.output_item.added', output_index, item: { type: 'message' } });
    const characters = [...text];
    for (let at = 0; at < characters.length; at += size)
      list.push({
        type: 'response.output_text.delta',
        output_index,
        delta: characters.slice(at, at + size).join(''),
      });
  });
  list.push({ type: 'response.completed', response: final(texts) });
  return list.map((event, sequence_number) => ({ ...event, sequence_number }));
}

const framed = (list: object[], end = '\n\n'): string =>
  list.map((event) => `data: ${JSON.stringify(event)}`).join(end) + end;

describe('the stream reader', () => {
  let server: Server;
  let clients: ModelClients;
  let script: Script = () => {};
  let sockets = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'text/event-stream; charset=utf-8');
      void script(response);
    });
    server.on('connection', () => sockets++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    clients = new ModelClients(
      {
        profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: `http://127.0.0.1:${port}/v1` }],
        api: 'responses',
        timeouts: { first_output_ms: 500, idle_ms: 400 },
      },
      new ModelCatalogue(),
    );
  });
  afterAll(async () => {
    await clients.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const read = (play: Script, sink = new SinkRecorder()) => {
    script = play;
    return clients.get().stream(REQUEST, sink, never);
  };
  const sent = (body: string | Buffer) => (response: ServerResponse) => void response.end(body);
  const TEXT = 'Grüße, 世界 👋🏽 and plain words';

  test('one byte at a time, with characters of up to four bytes', async () => {
    const sink = new SinkRecorder();
    const bytes = Buffer.from(framed(events([TEXT])));
    const outcome = await read(async (response) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        if (byte > 0x7f) await new Promise(setImmediate);
      }
      response.end();
    }, sink);
    expect(outcome.text).toBe(TEXT);
    expect(sink.text_so_far).toBe(TEXT);
  });

  const GOOD: [what: string, body: string | Buffer][] = [
    ['CRLF line ends', framed(events([TEXT]), '\r\n\r\n')],
    ['bare CR line ends', framed(events([TEXT]), '\r\r')],
    [
      'a byte order mark',
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(framed(events([TEXT])))]),
    ],
    [
      'comments, ids, event names and unknown fields',
      `: hi\n\nretry: 5\n\nid: 7\nevent: x\nfoo: bar\n${framed(events([TEXT]))}`,
    ],
    ['no blank line after the last event', framed(events([TEXT])).trimEnd()],
    ['[DONE] in the middle', `data: [DONE]\n\n${framed(events([TEXT]))}`],
    ['events after the terminal one', framed(events([TEXT])) + 'data: {"type":"error"}\n\ndata: {{{\n\n'],
    ['a data line split into two', framed(events([TEXT])).replace('"type"', '\ndata: "type"')],
  ];
  test.each(GOOD)('%s', async (_, body) => {
    const sink = new SinkRecorder();
    const outcome = await read(sent(body), sink);
    expect(outcome.text).toBe(TEXT);
    expect(sink.text_so_far).toBe(TEXT);
  });

  const BAD: [what: string, kind: string, body: string | Buffer][] = [
    ['an empty body', 'stream_cut', ''],
    ['half an event at the end', 'stream_cut', framed(events([TEXT])).slice(0, -40)],
    [
      'half a character at the end',
      'stream_cut',
      Buffer.concat([Buffer.from('data: "'), Buffer.from('👋').subarray(0, 2)]),
    ],
    [
      'bytes that are not UTF-8',
      'malformed',
      Buffer.concat([Buffer.from('data: "'), Buffer.from([0xff, 0xfe]), Buffer.from('"\n\n')]),
    ],
    ['a line of 5 MB', 'malformed', `data: "${'x'.repeat(5_000_000)}"\n\n`],
    ['an event of many lines, 5 MB', 'malformed', `data: ${'x'.repeat(1_000)}\n`.repeat(5_000)],
    ['an event that is not JSON', 'malformed', 'data: {"type":\n\n'],
    ['an event that is no object', 'malformed', 'data: 17\n\n'],
    ['an event without a type', 'malformed', 'data: {"sequence_number":0}\n\n'],
    [
      'a terminal event without a status',
      'malformed',
      'data: {"type":"response.completed","response":{}}\n\n',
    ],
    ['a missing event', 'sequence_gap', framed(events([TEXT]).filter((_, index) => index !== 4))],
    [
      'an error event',
      'rate_limit',
      'data: {"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}\n\n',
    ],
    [
      'a nested error event',
      'context_length',
      'data: {"type":"error","error":{"code":"context_length_exceeded","message":"long"}}\n\n',
    ],
    [
      'a failed response',
      'content_policy',
      'data: {"type":"response.failed","response":{"status":"failed","error":{"code":"bio_policy"}}}\n\n',
    ],
    ['a cancelled response', 'cancelled', 'data: {"type":"response.cancelled","response":{}}\n\n'],
  ];
  test.each(BAD)('%s is %s', async (_, kind, body) => {
    await expect(read(sent(body))).rejects.toMatchObject({ kind });
  });

  test('a repeated event is dropped and counted', async () => {
    const before = clients.counts.duplicate;
    const list = events([TEXT]).flatMap((event) => [event, event]);
    const sink = new SinkRecorder();
    await read(sent(framed(list)), sink);
    expect(sink.text_so_far).toBe(TEXT);
    // The repetition of the terminal event is not looked at any more.
    expect(clients.counts.duplicate - before).toBe(list.length / 2 - 1);
  });

  test('an unknown event is skipped and counted', async () => {
    const before = clients.counts.unknown;
    const [created, ...rest] = events([TEXT]);
    const list = [created!, { type: 'response.brand_new', x: 1 }, ...rest].map((event, sequence_number) => ({
      ...event,
      sequence_number,
    }));
    expect((await read(sent(framed(list)))).text).toBe(TEXT);
    expect(clients.counts.unknown - before).toBe(1);
  });

  test('two messages are told apart, live as in the outcome', async () => {
    const sink = new SinkRecorder();
    const outcome = await read(sent(framed(events(['one', 'two']))), sink);
    expect(sink.texts).toEqual(['one', '\n\n', 'two']);
    expect(outcome.text).toBe('one\n\ntwo');
  });

  test.each([
    [true, '\n\ntwo'],
    [false, 'two'],
  ])('a resumed stream with text before (%s) knows whether a separator is due', async (has_text, text) => {
    const sink = new SinkRecorder(has_text);
    script = sent(framed(events(['one', 'two']).slice(3)));
    const outcome = await clients.get().resume('resp_1', 2, sink, never);
    expect(sink.text_so_far).toBe(text);
    expect(outcome.text).toBe('one\n\ntwo');
  });

  test('a resumed stream that leaves an event out is a gap', async () => {
    script = sent(framed(events(['one', 'two']).slice(4)));
    await expect(clients.get().resume('resp_1', 2, new SinkRecorder(), never)).rejects.toMatchObject({
      kind: 'sequence_gap',
    });
  });

  test('text that only the final object has is sent as well', async () => {
    const sink = new SinkRecorder();
    const list = events(['one']).map((event, index, all) =>
      index === all.length - 1 ? { ...event, response: final(['one more']) } : event,
    );
    const outcome = await read(sent(framed(list)), sink);
    expect([sink.text_so_far, outcome.text]).toEqual(['one more', 'one more']);
  });

  test('states of waiting are no output, comments are no progress', async () => {
    const waiting = (response: ServerResponse): void => {
      response.write(framed([{ type: 'response.created', sequence_number: 0, response: { id: 'resp_1' } }]));
      const beat = setInterval(() => response.write(': still here\n\n'), 50);
      response.on('close', () => clearInterval(beat));
    };
    await expect(read(waiting)).rejects.toMatchObject({ kind: 'timeout_first_output' });
  });

  test('a finished stream gives its socket back, one that never ends loses it', async () => {
    await read(sent(framed(events(['one']))));
    const before = sockets;
    for (let n = 0; n < 5; n++) await read(sent(framed(events(['one']))));
    // The next request may begin before the last socket is free: one more, never one each.
    expect(sockets - before).toBeLessThanOrEqual(1);
    const closed = new Promise((resolve) => {
      void read((response) => {
        response.write(framed(events(['one'])));
        response.on('close', resolve);
      });
    });
    await closed;
  });

  test('a huge error body is cut off by our clock', async () => {
    const endless = (response: ServerResponse): void => {
      response.statusCode = 500;
      response.setHeader('content-type', 'application/json');
      response.write('{"error":{"message":"');
    };
    await expect(read(endless)).rejects.toMatchObject({ kind: 'timeout_first_output' });
  });
});
