import { attributeNames, spanNames } from '../../tracing/names.ts';
import { activeSpan, shared, traced, type Span } from '../../tracing/span.ts';
import { parseTraceparent } from '../../tracing/traceparent.ts';
import type { Stores } from '../../stores/stores.ts';
import type { OutboxEntry } from './outbox.ts';
import { readTraces } from './outbox-traces.ts';

type Round = { eventId: string; round: number };

/** The spans of the traced claims that a drain is moving into MySQL, by serial. */
export type RowSpans = ReadonlyMap<number, Span>;

/**
 * Moves entries of an outbox, and continues the trace of each traced claim in them. The move is one step of all these
 * traces and of the trace of the running job, if that is traced too.
 */
export async function traceMove<T>(
  { tracing, clock }: Pick<Stores, 'tracing' | 'clock'>,
  { eventId, round }: Round,
  entries: readonly OutboxEntry[],
  move: (rows: RowSpans) => Promise<T>,
): Promise<T> {
  const rows = new Map<number, Span>();
  if (tracing === null) return move(rows);
  const claims = entries.reduce((sum, { userIds }) => sum + userIds.length, 0);
  const about = { [attributeNames.eventId]: eventId, [attributeNames.round]: round };
  const options = () => ({ attributes: { ...about, [attributeNames.claims]: claims } });
  for (const { serial, claimedAtMs, traceparent } of tracedClaims(entries)) {
    const waitedMs = Math.max(0, clock.nowMs(eventId) - claimedAtMs);
    const attributes = { ...about, [attributeNames.serial]: serial, [attributeNames.waitedMs]: waitedMs };
    const span = tracing.begin(() => ({ name: spanNames.store, kind: 'consumer', attributes }), traceparent);
    if (span !== undefined) rows.set(serial, span);
  }
  if (rows.size === 0) return traced(spanNames.drain, options, () => move(rows));
  const job = activeSpan();
  try {
    const owners = [...rows.values(), ...(job === undefined ? [] : [job])];
    return await shared(owners, spanNames.drain, options, () => move(rows));
  } catch (err) {
    for (const span of rows.values()) span.fail(err);
    throw err;
  } finally {
    for (const span of rows.values()) span.end();
  }
}

function* tracedClaims(entries: readonly OutboxEntry[]) {
  for (const { traces, userIds, firstSerial, claimedAtMs } of entries) {
    if (traces === undefined) continue;
    const traceOf = readTraces(traces);
    for (const [position, userId] of userIds.entries()) {
      const traceparent = traceOf.get(userId);
      // If another program wrote the text, there is no trace to continue.
      if (traceparent === undefined || parseTraceparent(traceparent) === null) continue;
      yield { serial: firstSerial + position, claimedAtMs, traceparent };
    }
  }
}
