import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { WatchReconcile } from '../../core/reconcile/report.ts';

/** The type of an answer with progress: lines of JSON, of which the last is the result. */
export const progressType = 'application/x-ndjson';

/** The longest pause between two lines. The API writes a line each second. */
const silentMaxMs = 60_000;

const progressLine = z.object({
  progress: z.object({ step: z.string(), done: z.number(), of: z.number().nullable() }),
});

export const isProgress = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.split(';', 1)[0] === progressType;

/**
 * Resolves to the last line once it is complete. `watch` receives the progress lines before it. Rejects if the
 * connection is cut, or if no line arrives for too long.
 */
export async function lastLine(answer: IncomingMessage, watch: WatchReconcile = () => undefined): Promise<string> {
  answer.setTimeout(silentMaxMs, () => answer.destroy(new Error(`nothing arrived for ${silentMaxMs / 1_000} s`)));
  answer.setEncoding('utf8');
  let begun = '';
  let last = '';
  for await (const chunk of answer as AsyncIterable<string>) {
    const lines = `${begun}${chunk}`.split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) {
      const { success, data } = progressLine.safeParse(JSON.parse(line));
      if (success) watch(data.progress);
      last = success ? '' : line;
    }
  }
  if (last !== '') return last;
  throw new Error('the connection was cut in the middle of the answer');
}
