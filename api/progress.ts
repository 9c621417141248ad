import {
  incomingMessageToRequest,
  internal_exceptionHandler as exceptionHandler,
} from '@trpc/server/adapters/node-http';
import { resolveResponse } from '@trpc/server/http';
import type { Request, RequestHandler, Response as ExpressResponse } from 'express';
import type { ReconcileProgress } from '../core/reconcile/report.ts';
import { Fault } from '../core/runtime/fault.ts';
import { bodyBytesMax } from './http-limits.ts';
import type { TrpcOptions } from './trpc-options.ts';

/** Lines of JSON. A caller who accepts them hears how far a long call is. */
export const progressType = 'application/x-ndjson';

/** Often enough to see it move. */
const everyMs = 100;
/** So that neither a proxy nor the caller takes a long step for a dead connection. */
const silentMaxMs = 1_000;

/**
 * Answers a mutation as tRPC does, but when the caller accepts `progressType` and the procedure tells its progress, each
 * step is a line `{"progress":{"step":"claims in MySQL","done":500,"of":1000}}`. The last line is what the plain call would
 * have answered, `{"result":...}` or `{"error":...}`; a stream without it was cut off. A call that ends before its first
 * step is answered plainly, with its status. The caller's leaving, or `stopping`, ends the work at the next safe place.
 */
export function streamProgress(options: TrpcOptions, stopping: AbortSignal): RequestHandler {
  return (req, res, next) => {
    if (req.method !== 'POST' || req.query['batch'] !== undefined || !acceptsProgress(req)) return next();
    const path = req.path.slice(1);
    void answer(req, res, { ...options, path, stopping }).catch(exceptionHandler({ ...options, req, res, path }));
  };
}

/** Whether the caller accepts lines of progress. */
export const acceptsProgress = ({ headers: { accept = '' } }: Request): boolean =>
  accept.split(',').some((type) => type.split(';', 1)[0]?.trim() === progressType);

type Call = TrpcOptions & { path: string; stopping: AbortSignal };

async function answer(req: Request, res: ExpressResponse, { stopping, ...options }: Call): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort(new Fault('unavailable', 'The caller went away.')));
  const lines = createLines(res);
  const progress = {
    watch: (step: ReconcileProgress) => lines.write(step),
    signal: AbortSignal.any([gone.signal, stopping]),
  };
  try {
    const response = await resolveResponse({
      ...options,
      req: incomingMessageToRequest(req, res, { maxBodySize: bodyBytesMax }),
      error: null,
      createContext: () => Promise.resolve(options.createContext({ req, progress })),
      // Nobody is left to be told, and the work ended as it should.
      onError: (failed) => gone.signal.aborted || options.onError(failed),
    });
    const body = await response.text();
    if (res.headersSent) return void res.end(`${body}\n`);
    res.status(response.status).setHeaders(response.headers).end(body);
  } finally {
    lines.end();
  }
}

/** Writes the newest progress, a line each; a caller who does not read misses lines rather than have them pile up. */
export function createLines(res: ExpressResponse): { write(progress: ReconcileProgress): void; end(): void } {
  let newest: string | undefined;
  let wroteAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    if (newest === undefined || res.writableNeedDrain || res.destroyed) return;
    res.write(newest);
    wroteAtMs = performance.now();
  };
  const begin = (): void => {
    res.writeHead(200, {
      'content-type': progressType,
      'cache-control': 'no-store',
      // nginx would keep the lines until the end otherwise.
      'x-accel-buffering': 'no',
      // An API that stops meanwhile could not ask for it any more.
      connection: 'close',
    });
    timer = setInterval(write, silentMaxMs);
  };
  return {
    write: ({ step, done, of }) => {
      newest = `${JSON.stringify({ progress: { step, done, of } })}\n`;
      if (res.destroyed) return;
      if (timer === undefined) begin();
      if (performance.now() - wroteAtMs >= everyMs) write();
    },
    end: () => clearInterval(timer),
  };
}
