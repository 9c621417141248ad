import type { Span, SpanOptions } from './span.ts';

/** Which traces are recorded, by the names that `OTEL_TRACES_SAMPLER` has for them. */
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type TracingSettings = {
  /** `OTEL_SERVICE_NAME`; null if it is not set. */
  serviceName: string | null;
  sampler: (typeof samplerNames)[number];
  /** The share of traces that a sampler with `traceidratio` records, from 0 to 1. */
  ratio: number;
  /** How long finished spans wait for more, so that they are sent together. */
  sendEveryMs: number;
  /** With more finished spans, new ones are dropped. */
  waitingMax: number;
};

/** Begins the traces of a process. */
export type Tracing = {
  /**
   * Begins a trace, or continues the one in `traceparent`. Undefined if the trace is not sampled; `describe` is not
   * called then.
   */
  begin(describe: () => SpanOptions & { name: string }, traceparent?: string): Span | undefined;
  /** Sends the spans that are left, within 2 s. Never throws. */
  close(): Promise<void>;
};
