// What happens to a document, as server-sent events from any place on, until it has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiQuery } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { DocumentJobs, isEnded } from '#documents';
import { ApiProblems } from '../docs/api-problems.js';
import { beginEvents } from './begin-events.js';

const LOOK_MS = 150;
const ALIVE_MS = 15_000;
/** Streams of this process at once. */
const MOST = 500;
/** Of a reader who does not read. */
const PATIENCE_MS = 30_000;
let open = 0;

/** @param told the events that may come, beside `reset` */
export const ApiDocumentEvents = (told: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'What happens to it, as server-sent events',
      description: `${told}, \`reset\` (the text so far counts no more). Ends with the state that it ends in; resumes by \`Last-Event-ID\`.`,
    }),
    ApiHeader({ name: 'last-event-id', required: false }),
    ApiQuery({ name: 'after', required: false, description: 'Id of the last event heard.' }),
    ApiProduces('text/event-stream'),
    ApiOkResponse({ schema: { type: 'string' } }),
    ApiProblems(400, 401, 403, 404, 503),
  );

/**
 * Goes on after the event that the request names, or begins at the start.
 * @throws ParleyError `busy`, `invalid_cursor`, `state_unavailable`
 */
export async function streamDocument(
  jobs: DocumentJobs,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (request.method === 'HEAD') return void reply.type('text/event-stream; charset=utf-8').send();
  const after = lastHeard(request);
  if (after !== '' && !/^\d{1,15}-\d{1,10}$/.test(after))
    throw new ParleyError('invalid_cursor', 'unable to stream document; not an event id');
  if (open >= MOST)
    throw new ParleyError('busy', 'unable to stream document; too many streams', { retryAfterMs: 2_000 });
  open++;
  try {
    await follow(jobs, id, reply, after);
  } finally {
    open--;
  }
}

function lastHeard({ headers, query }: FastifyRequest): string {
  const { after } = query as Record<string, unknown>;
  return String(headers['last-event-id'] ?? '') || (typeof after === 'string' ? after : '');
}

async function follow(jobs: DocumentJobs, id: string, reply: FastifyReply, after: string): Promise<void> {
  let place = after;
  // What fails before the first byte is an ordinary HTTP error.
  let events = await jobs.events(id, place);
  const raw = beginEvents(reply);
  raw.write('retry: 2000\n\n');
  let spoke = performance.now();
  try {
    while (!raw.destroyed) {
      for (const { id: row, event } of events) {
        place = row;
        raw.write(`id: ${row}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
        spoke = performance.now();
        if (event.type === 'state' && isEnded(event.state)) return;
      }
      if (raw.writableNeedDrain && !(await drained(raw))) return void raw.destroy();
      if (performance.now() - spoke > ALIVE_MS) {
        raw.write(': \n\n');
        spoke = performance.now();
      }
      await sleep(LOOK_MS);
      events = await jobs.events(id, place);
      if (events.length > 0) continue;
      // Its events may be gone before its record: whoever comes late hears the end all the same.
      const job = await jobs.get(id);
      if (job === undefined) return;
      if (isEnded(job.state) && (await jobs.events(id, place)).length === 0) {
        raw.write(`event: state\ndata: ${JSON.stringify({ type: 'state', state: job.state })}\n\n`);
        return;
      }
    }
  } catch {
    // Without Redis the reader comes back to where it was.
  } finally {
    if (!raw.destroyed) raw.end();
  }
}

const drained = (raw: FastifyReply['raw']): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    const end = (fine: boolean) => (): void => {
      clearTimeout(timer);
      resolve(fine);
    };
    raw.once('drain', end(true));
    raw.once('close', end(false));
  });
