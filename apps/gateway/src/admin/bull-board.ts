// Bull Board at /admin/queues behind the administrator's login. The check is a hook inside the board's own scope:
// it runs for whatever path the router brings there, however it was spelled.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Queue } from 'bullmq';
import { ADMIN_CHALLENGE, AdminGuard } from '#auth';
import { ParleyError } from '#contracts';

export const BOARD_PATH = '/admin/queues';

/** Read-only: what an administrator changes goes through the routes that know what it means. */
export async function mountBullBoard(app: NestFastifyApplication, queues: readonly Queue[]): Promise<void> {
  const login = app.get(AdminGuard);
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
      scope.addHook('onRequest', (request, reply, done) => {
        void reply.header('cache-control', 'no-store');
        if (login.adminAllows(request.headers.authorization)) return done();
        void reply.header('www-authenticate', ADMIN_CHALLENGE);
        done(new ParleyError('unauthorized', 'unable to open the board; administrators only'));
      });
      await scope.register(board as never, { prefix: BOARD_PATH });
    });
}
