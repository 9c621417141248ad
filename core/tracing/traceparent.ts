/** The trace and the span that a caller has named, and whether the caller records the trace. */
export type RemoteParent = { traceId: string; spanId: string; sampled: boolean };

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;
const sampledFlag = 1;

/** Reads a W3C `traceparent`. Null if it is not valid: a trace then begins here. */
export function parseTraceparent(text: string): RemoteParent | null {
  const [, version, traceId, spanId, flags, more] = form.exec(text) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return null;
  // A later version may append fields. Version ff is forbidden.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (zeros.test(traceId) || zeros.test(spanId)) return null;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & sampledFlag) === sampledFlag };
}

/** Writes a span that is being recorded as a W3C `traceparent`. */
export const formatTraceparent = ({ traceId, spanId }: Omit<RemoteParent, 'sampled'>): string =>
  `00-${traceId}-${spanId}-01`;
