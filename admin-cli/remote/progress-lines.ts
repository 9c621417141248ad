import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { WatchReconcile } from '../../core/reconcile/report.ts';

/** What the API answers long calls in: lines of JSON, of which the last one is the answer. */
export const progressType = 'application/x-ndjson';

/** The API writes a line each second. */
const silentMaxMs = 60_000;

const progressLine = z.object({
  progress: z.object({ step: z.string(), done: z.number(), of: z.number().nullable() }),
});

export const isProgress = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.split(';', 1)[0] === progressType;

/**
 * The last line, when it has come whole; those before it tell `watch` how far the call is. Rejects when the connection is
 * cut, or silent for longer than an API that works ever is.
 */
export async function lastLine(answer: IncomingMessage, watch: WatchReconcile = () => undefined): Promise<string> {
  answer.setTimeout(silentMaxMs, () => answer.destroy(new Error(`no word for ${silentMaxMs / 1_000} s`)));
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
