import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attributes } from './names.ts';

/** Whether a span answers a request, waits for a server, or handles what another process left for it. */
export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

export type SpanOptions = {
  /** Default: `internal`. */
  kind?: SpanKind;
  attributes?: Attributes;
  /** Spans of other traces that this span did work for. */
  links?: readonly Span[];
};

/** One step of a trace that is being recorded. A trace that is not sampled has no spans at all. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  /** The span as a W3C `traceparent`, with which another process continues the trace. */
  readonly traceparent: string;
  readonly hasEnded: boolean;
  child(name: string, options?: SpanOptions): Span;
  set(attributes: Attributes): void;
  link(other: Span): void;
  /** Marks the step as failed. Records only what kind of error it was, because a message may quote a user or a code. */
  fail(cause: unknown): void;
  end(): void;
};

/**
 * The span of the work that is running. Follows the work through `await` and timers. If nothing is traced, a look costs
 * 3 ns.
 */
const running = new AsyncLocalStorage<Span | undefined>();

/**
 * The span of the running work; undefined if the work is not traced. Work that goes on after its span has ended counts
 * as not traced, so that a timer that a claim happened to start does not add to the claim's trace forever.
 */
export function activeSpan(): Span | undefined {
  const span = running.getStore();
  return span === undefined || span.hasEnded ? undefined : span;
}

/** Runs `work` as part of the span; without a span, as work that is not traced, whoever began it. */
export function withSpan<T>(span: Span | undefined, work: () => T): T {
  return running.getStore() === span ? work() : running.run(span, work);
}

/** Runs `work` as part of the span, and ends the span with it. */
export async function recorded<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await withSpan(span, work);
  } catch (err) {
    span.fail(err);
    throw err;
  } finally {
    span.end();
  }
}

/** Records `work` as a step of the running trace. If nothing is traced, only calls `work`. */
export function traced<T>(
  name: string,
  options: SpanOptions | (() => SpanOptions),
  work: () => Promise<T>,
): Promise<T> {
  const parent = activeSpan();
  if (parent === undefined) return work();
  return recorded(parent.child(name, typeof options === 'function' ? options() : options), work);
}

/** The spans of those calls that are traced. */
export function spansOf(calls: readonly { span: Span | undefined }[]): Span[] {
  const spans: Span[] = [];
  for (const { span } of calls) if (span !== undefined) spans.push(span);
  return spans;
}

/**
 * Records work that several traces share, such as a batch. The work becomes a step of the first trace. It links to all
 * of them, and the others link to it, so that the work can be found from each trace. Without an owner, the work is not
 * traced, whoever began it.
 */
export function shared<T>(
  owners: readonly Span[],
  name: string,
  options: () => SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = owners;
  if (first === undefined) return withSpan(undefined, work);
  const span = first.child(name, { ...options(), links: owners });
  for (const other of others) other.link(span);
  return recorded(span, work);
}

/** The fields of a log line that name the running trace; none if the work is not traced. */
export function traceFields(): { traceId?: string; spanId?: string } {
  const span = running.getStore();
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
}
