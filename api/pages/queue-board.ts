import type { RequestHandler } from 'express';
import type { JobQueueView } from '../../core/jobs.ts';

export const queueBoardPath = '/admin/queues';

/** Seconds between two looks of an open page. */
const pollSeconds = 5;

/**
 * Bull Board over the job queue, to read only: what jobs would be good for is done by the sweep anyway, and a queue that is
 * paused or cleaned by hand is one that nobody looks after. It is loaded, and its connection opened, when somebody
 * first opens it: an API process that nobody asks for it pays nothing.
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
      options: { uiConfig: { boardTitle: 'Firstcome', pollingInterval: { forceInterval: pollSeconds } } },
    });
    return { router: serverAdapter.getRouter() as RequestHandler, view };
  };
  return {
    handler: (req, res, next) => {
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        res.status(405).json({ error: { message: 'The queue can be looked at here, and not changed.' } });
        return;
      }
      board ??= open();
      board.then(async ({ router, view }) => {
        if (req.path.startsWith('/api/') && !(await view.answers())) {
          res
            .status(503)
            .set('retry-after', '1')
            .json({ error: { message: 'Redis does not answer.' } });
          return;
        }
        router(req, res, next);
      }, next);
    },
    close: async () => {
      const opened = await board?.catch(() => undefined);
      await opened?.view.close();
    },
  };
}
