// Bull Board at /admin/queues behind the administrator's login. The check is a hook inside the board's own scope:
// it runs for whatever path the router brings there, however it was spelled.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Queue } from 'bullmq';
import { ADMIN_CHALLENGE, Administrators } from '#auth';
import { toParleyError } from '#contracts';
import { PROBLEM_TYPE, toProblem } from '#telemetry';

export const BOARD_PATH = '/admin/queues';

/** Read-only: what an administrator changes goes through the routes that know what it means. */
export async function mountBullBoard(app: NestFastifyApplication, queues: readonly Queue[]): Promise<void> {
  const administrators = app.get(Administrators);
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Parley' } },
  });
  const board = adapter.registerPlugin();
  await app
    .getHttpAdapter()
    .getInstance()
    .register(async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        try {
          await administrators.identify(request.headers.authorization, request.ip);
        } catch (thrown) {
          // Answered here, because the board's own error handler would make a 500 of it.
          const error = toParleyError(thrown);
          if (error.code === 'unauthorized') void reply.header('www-authenticate', ADMIN_CHALLENGE);
          if (error.retryAfterMs !== undefined)
            void reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000));
          return reply
            .status(error.httpStatus)
            .header('content-type', PROBLEM_TYPE)
            .send(JSON.stringify(toProblem(error, request.id)));
        }
      });
      await scope.register(board as never, { prefix: BOARD_PATH });
    });
}
