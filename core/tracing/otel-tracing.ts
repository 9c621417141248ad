import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceFromAttributes,
  resourceAttributesEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type IdGenerator,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { Fault } from '../runtime/fault.ts';
import type { Logger } from '../runtime/log.ts';
import { within } from '../runtime/within.ts';
import { attributeNames, type Attributes } from './names.ts';
import type { Span, SpanKind, SpanOptions } from './span.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { Tracing, TracingSettings } from './tracing.ts';
import { watchExporter } from './watch-exporter.ts';

/** How long a closing process waits for the collector. The rest of the process has closed by then. */
const closeWithinMs = 2_000;
/** Spans per request to the collector. Turning 256 spans into JSON takes the process about 2 ms. */
const spansPerExport = 256;
/** As many as a batch has claims. */
const linksMax = 256;

/** Records traces with OpenTelemetry's SDK, and sends them as OTLP/JSON. Import this file only if the process traces. */
export function createOtelTracing(settings: TracingSettings, process: 'api' | 'worker', log: Logger): Tracing {
  const ids = new ChosenIds();
  const sampler = samplerOf(settings);
  // The exporter reads OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _TIMEOUT, _COMPRESSION and the certificates itself.
  const exporter = watchExporter(new OTLPTraceExporter(), log);
  const { sendEveryMs, waitingMax } = settings;
  const provider = new TracerProvider({
    resource: resourceOf(settings, process),
    sampler,
    idGenerator: ids,
    spanLimits: { linkCountLimit: linksMax },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: sendEveryMs,
        maxQueueSize: waitingMax,
        maxExportBatchSize: Math.min(spansPerExport, waitingMax),
      }),
    ],
  });
  const tracer = provider.getTracer('firstcome');

  const share = shareOf(settings);
  /** Asks the sampler before anything is made for a span. */
  const isSampled = (context: Context, traceId: string): boolean =>
    sampler.shouldSample(context, traceId, '', OtelKind.INTERNAL, {}, []).decision ===
    SamplingDecision.RECORD_AND_SAMPLED;

  return {
    begin: (describe, traceparent) => {
      const parent = traceparent === undefined ? null : parseTraceparent(traceparent);
      // Most traces end here, before they have an id: making one and asking the sampler take 20 times as long.
      if (parent === null && Math.random() >= share) return undefined;
      const context = parent === null ? ROOT_CONTEXT : remoteContext(parent);
      const traceId = parent?.traceId ?? ids.generateSampledId(share);
      if (!isSampled(context, traceId)) return undefined;
      if (parent === null) ids.choose(traceId);
      const { name, ...options } = describe();
      return startSpan({ tracer, clockMs: clockFrom() }, context, name, options);
    },
    close: () =>
      within(
        closeWithinMs,
        provider.shutdown().catch(() => undefined),
        () => undefined,
      ),
  };
}

/** Lets a trace get the id by which it was sampled. */
class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #chosen: string | undefined;

  choose(traceId: string): void {
    this.#chosen = traceId;
  }

  /**
   * A random id among the share of ids that OpenTelemetry's samplers record, so that every service with the same share
   * records the same traces. They compare the XOR of an id's four words with the share.
   */
  generateSampledId(share: number): string {
    const [a, b, c] = [randomWord(), randomWord(), randomWord()];
    const below = Math.floor(Math.random() * share * wordMax);
    return [a, b, c, a ^ b ^ c ^ below].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  generateTraceId(): string {
    const traceId = this.#chosen ?? this.#random.generateTraceId();
    this.#chosen = undefined;
    return traceId;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}

const wordMax = 0xffff_ffff;
const randomWord = (): number => Math.floor(Math.random() * (wordMax + 1));

/** The share of traces that begin here and are recorded. */
function shareOf({ sampler, ratio }: TracingSettings): number {
  if (sampler.endsWith('always_on')) return 1;
  return sampler.endsWith('always_off') ? 0 : ratio;
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

/** OTEL_RESOURCE_ATTRIBUTES may override what the process says about itself, but not the service's name. */
function resourceOf({ serviceName }: TracingSettings, process: 'api' | 'worker'): Resource {
  const { pid } = globalThis.process;
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': `firstcome-${process}`,
        'service.instance.id': randomUUID(),
        'host.name': hostname(),
        'process.pid': pid,
      }),
    )
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(resourceFromAttributes(serviceName === null ? {} : { 'service.name': serviceName }));
}

function remoteContext({ traceId, spanId, sampled }: { traceId: string; spanId: string; sampled: boolean }): Context {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/**
 * The time in epoch milliseconds, with fractions. `Date.now()` has whole milliseconds, in which a batch is decided. All
 * spans that a process adds to a trace use one clock, so that none of them begins before the one that it belongs to.
 */
function clockFrom(): () => number {
  const offsetMs = Date.now() - performance.now();
  return () => offsetMs + performance.now();
}

type Recorder = { tracer: Tracer; clockMs: () => number };

function startSpan(recorder: Recorder, context: Context, name: string, options: SpanOptions): RecordedSpan {
  const { kind = 'internal', attributes = {}, links = [] } = options;
  const { tracer, clockMs } = recorder;
  const startTime = clockMs();
  const span = tracer.startSpan(
    name,
    {
      startTime,
      kind: kinds[kind],
      attributes: { ...attributes },
      links: links.map(({ traceId, spanId }) => linkTo(traceId, spanId)),
    },
    context,
  );
  return new RecordedSpan(recorder, span);
}

const kinds: Record<SpanKind, OtelKind> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  consumer: OtelKind.CONSUMER,
};

const linkTo = (traceId: string, spanId: string) => ({
  context: { traceId, spanId, traceFlags: TraceFlags.SAMPLED },
});

class RecordedSpan implements Span {
  readonly #recorder: Recorder;
  readonly #span: OtelSpan;
  #hasEnded = false;
  readonly traceId: string;
  readonly spanId: string;

  constructor(recorder: Recorder, span: OtelSpan) {
    this.#recorder = recorder;
    this.#span = span;
    ({ traceId: this.traceId, spanId: this.spanId } = span.spanContext());
  }

  get traceparent(): string {
    return formatTraceparent(this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  child(name: string, options: SpanOptions = {}): Span {
    return startSpan(this.#recorder, trace.setSpan(ROOT_CONTEXT, this.#span), name, options);
  }

  // What is known too late, after the end of the span, is left out.
  set(attributes: Attributes): void {
    if (!this.#hasEnded) this.#span.setAttributes({ ...attributes });
  }

  link(other: Span): void {
    if (!this.#hasEnded) this.#span.addLink(linkTo(other.traceId, other.spanId));
  }

  fail(cause: unknown): void {
    if (this.#hasEnded) return;
    this.#span.setAttributes({ [attributeNames.errorType]: typeOf(cause) });
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#span.end(this.#recorder.clockMs());
  }
}

function typeOf(cause: unknown): string {
  if (cause instanceof Fault) return cause.code;
  return cause instanceof Error ? cause.name : typeof cause === 'string' ? cause : '_OTHER';
}
