import type { Response } from 'express';
import { say } from '../../core/messages/message.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { Progress } from '../context.ts';
import { createLines } from '../progress.ts';
import { problemOf, type Reply } from './problem.ts';

/**
 * Runs a long call for a caller that asked for its progress, as `streamProgress` does over tRPC. The first step begins
 * the stream. The last line is `{"result": <the body of the plain answer>}` or `{"error": <the problem>}`; once it is
 * written, the function resolves to null. A call that ends before its first step gets the plain answer. The work ends
 * if the caller disconnects or `stopping` aborts.
 */
export async function streamProgressTo(
  res: Response,
  { stopping, report }: { stopping: AbortSignal; report: (cause: unknown) => void },
  call: (progress: Progress) => Promise<Reply>,
): Promise<Reply | null> {
  const gone = new AbortController();
  res.once('close', () => gone.abort(new Fault('unavailable', say('caller_left'))));
  const lines = createLines(res);
  try {
    const reply = await call({
      watch: (step) => lines.write(step),
      signal: AbortSignal.any([gone.signal, stopping]),
    });
    if (!res.headersSent) return reply;
    res.end(`{"result":${reply.json}}\n`);
  } catch (cause) {
    // The caller has disconnected, so nobody would read an answer.
    if (gone.signal.aborted) return null;
    if (!res.headersSent) throw cause;
    report(cause);
    res.end(`{"error":${problemOf(cause).json}}\n`);
  } finally {
    lines.end();
  }
  return null;
}
