import {
  incomingMessageToRequest,
  internal_exceptionHandler as exceptionHandler,
} from '@trpc/server/adapters/node-http';
import { resolveResponse } from '@trpc/server/http';
import type { Request, RequestHandler, Response as ExpressResponse } from 'express';
import { say } from '../core/messages/message.ts';
import type { ReconcileProgress } from '../core/reconcile/report.ts';
import { Fault } from '../core/runtime/fault.ts';
import { bodyBytesMax } from './http-limits.ts';
import type { TrpcOptions } from './trpc-options.ts';

/** The type of JSON lines. A caller that accepts this type receives the progress of a long call. */
export const progressType = 'application/x-ndjson';

/** The pause between two lines of progress, short enough to look smooth. */
const everyMs = 100;
/**
 * The longest pause between two lines, so that proxies and the caller don't mistake a long step for a dead connection.
 */
const silentMaxMs = 1_000;

/**
 * Answers a mutation as tRPC does, unless the caller accepts `progressType` and the procedure reports its progress. In
 * that case each step becomes a line `{"progress":{"step":"claims in MySQL","done":500,"of":1000}}`, and the last line
 * is the answer to the plain call: `{"result":...}` or `{"error":...}`. A stream without such a last line was cut off.
 * A call that ends before its first step gets the plain answer, with its status. If the caller disconnects, or
 * `stopping` aborts, the work ends at the next safe point.
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
  res.once('close', () => gone.abort(new Fault('unavailable', say('caller_left'))));
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
      // If the caller has disconnected, the work ended as intended, so there is no error to report.
      onError: (failed) => gone.signal.aborted || options.onError(failed),
    });
    const body = await response.text();
    if (res.headersSent) return void res.end(`${body}\n`);
    res.status(response.status).setHeaders(response.headers).end(body);
  } finally {
    lines.end();
  }
}

/**
 * Writes only the newest progress, one line at a time. If the caller doesn't read, lines are skipped, so that they
 * don't fill the memory.
 */
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
      // Without this header, nginx would buffer the lines until the end.
      'x-accel-buffering': 'no',
      // The API can't send this header once the stream has begun, so it is sent in advance in case the API stops during
      // the stream.
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
