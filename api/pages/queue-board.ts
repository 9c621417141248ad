import type { RequestHandler } from 'express';
import type { JobQueueView } from '../../core/jobs/job-queue.ts';
import { retryAfter } from '../errors.ts';
import { languageOf, redisDownPage } from './sign-in-page.ts';

export const queueBoardPath = '/admin/queues';

/** Seconds between two refreshes of an open page. */
const pollSeconds = 5;
/** The most jobs that one request may read. The board's own pages ask for at most 50. */
const jobsPerPageMax = 100;

/**
 * Bull Board over the job queue, read-only: the sweep already retries failed work, and nobody would notice if an admin
 * left the queue paused or deleted its jobs. The board and its Redis connection are opened at first use, so they cost
 * nothing in an API process that never shows the board.
 */
export function createQueueBoard(openView: () => JobQueueView): { handler: RequestHandler; close(): Promise<void> } {
  let board: Promise<{ router: RequestHandler; view: JobQueueView }> | undefined;
  const open = async () => {
    const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
      import('@bull-board/api'),
      import('@bull-board/api/bullMQAdapter'),
      import('@bull-board/express'),
    ]);
    const view = openView();
    const serverAdapter = new ExpressAdapter();
    serverAdapter.setBasePath(queueBoardPath);
    createBullBoard({
      queues: [new BullMQAdapter(view.queue, { readOnlyMode: true, allowRetries: false })],
      serverAdapter,
      options: {
        uiConfig: {
          boardTitle: 'Firstcome',
          pollingInterval: { forceInterval: pollSeconds },
          miscLinks: [{ text: 'Sign out', url: '/admin/sign-in' }],
        },
      },
    });
    return { router: serverAdapter.getRouter() as RequestHandler, view };
  };
  return {
    handler: (req, res, next) => {
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        res.status(405).json({ error: { message: 'This view of the queue is read-only.' } });
        return;
      }
      const { searchParams } = new URL(`http://queues${req.url}`);
      if (searchParams.getAll('jobsPerPage').some((n) => !/^\d{1,3}$/.test(n) || Number(n) > jobsPerPageMax)) {
        res.status(400).json({ error: { message: `jobsPerPage must be a whole number up to ${jobsPerPageMax}.` } });
        return;
      }
      board ??= open().catch((err: unknown) => {
        board = undefined;
        throw err;
      });
      board
        .then(async ({ router, view }) => {
          if (req.path.startsWith('/static/') || (await view.answers())) return router(req, res, next);
          res.status(503).set(...retryAfter);
          if (req.path.startsWith('/api/')) res.json({ error: { message: 'Redis does not answer.' } });
          else res.type('html').send(redisDownPage(languageOf(req.headers['accept-language'])));
        })
        .catch(next);
    },
    close: async () => {
      const opened = await board?.catch(() => undefined);
      await opened?.view.close();
    },
  };
}
