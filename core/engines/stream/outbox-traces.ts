import type { Span } from '../../tracing/span.ts';

/**
 * The traced claims of a batch, as an outbox entry has them in its field `p`: user, `traceparent`, user, `traceparent`,
 * and so on, separated by spaces. Empty if none of the claims is traced, so that the entry has no such field. A version
 * that does not know the field ignores it.
 */
export function writeTraces(batch: readonly { item: string; span: Span | undefined }[]): string {
  let traces = '';
  for (const { item, span } of batch) {
    if (span !== undefined) traces += `${traces === '' ? '' : ' '}${item} ${span.traceparent}`;
  }
  return traces;
}

/** The `traceparent` of each traced user. A user who called twice has the first one: that call got the claim. */
export function readTraces(traces: string): Map<string, string> {
  const of = new Map<string, string>();
  const words = traces.split(' ');
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [userId = '', traceparent = ''] = [words[at], words[at + 1]];
    if (!of.has(userId)) of.set(userId, traceparent);
  }
  return of;
}
