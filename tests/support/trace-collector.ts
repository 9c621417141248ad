import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { waitFor } from './wait-for.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`));
const nanos = z.string().regex(/^\d{19}$/);
const attribute = z.strictObject({
  key: z.string(),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: z.int() }),
    z.strictObject({ doubleValue: z.number() }),
  ]),
});
const attributes = z.array(attribute);
const link = z.object({ traceId: hex(32), spanId: hex(16), attributes });
const span = z.object({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  links: z.array(link),
  status: z.object({ code: z.int().min(0).max(2), message: z.string().optional() }),
});
/** The part of OTLP/JSON (ExportTraceServiceRequest) that describes spans. */
const request = z.strictObject({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.literal('firstcome') }), spans: z.array(span) })),
    }),
  ),
});

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
type Values = Record<string, string | number | boolean>;

/** A span as a collector received it. */
export type SentSpan = {
  traceId: string;
  spanId: string;
  /** Null for the first span of a trace. */
  parentSpanId: string | null;
  name: string;
  kind: (typeof kinds)[number];
  startNs: bigint;
  endNs: bigint;
  attributes: Values;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
  /** What the process said about itself. */
  resource: Values;
};

/** Where the processes of a test send their traces: an HTTP server that accepts only well-formed OTLP/JSON. */
export type TraceCollector = AsyncDisposable & {
  readonly url: string;
  /** All spans until now. Throws if a request was not well formed. */
  spans(): SentSpan[];
  /** The headers of the requests until now. */
  readonly headers: IncomingMessage['headers'][];
  /** Waits until the spans, of one trace or of all, are as the test wants them; resolves to them. */
  untilSpans(
    wanted: (spans: SentSpan[]) => boolean,
    options?: { traceId?: string; what?: string },
  ): Promise<SentSpan[]>;
  /** Keeps requests from now on without answering them. */
  hang(): void;
  /** Stops listening. `reopen` listens on the same port again. */
  close(): Promise<void>;
  reopen(): Promise<void>;
};

export async function startTraceCollector(): Promise<TraceCollector> {
  const received: SentSpan[] = [];
  const headers: IncomingMessage['headers'][] = [];
  let malformed: unknown;
  let hanging = false;
  const take = async (req: IncomingMessage): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    headers.push(req.headers);
    if (req.method !== 'POST' || req.url !== '/v1/traces') throw new Error(`${req.method} ${req.url} is not OTLP`);
    if (req.headers['content-type'] !== 'application/json') throw new Error('The request is not JSON');
    received.push(...spansOf(request.parse(JSON.parse(Buffer.concat(chunks).toString()))));
  };
  const server = createServer((req, res) => {
    if (hanging) return;
    take(req).then(
      () => res.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      (err: unknown) => {
        malformed ??= err;
        res.writeHead(400).end();
      },
    );
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const spans = (): SentSpan[] => {
    if (malformed !== undefined) throw new Error('The collector got a malformed request.', { cause: malformed });
    return received;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    headers,
    untilSpans: (wanted, { traceId, what = 'the spans' } = {}) =>
      waitFor(
        () => {
          const found = traceId === undefined ? spans() : spans().filter((each) => each.traceId === traceId);
          return wanted(found) && found;
        },
        { what, limitMs: 30_000 },
      ),
    hang: () => {
      hanging = true;
    },
    close,
    reopen: () => listen(port),
    [Symbol.asyncDispose]: close,
  };
}

function spansOf({ resourceSpans }: z.output<typeof request>): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = null, name, kind, links, status, ...rest }) => ({
        ...{ traceId, spanId, parentSpanId, name },
        kind: kinds[kind] ?? 'unspecified',
        startNs: BigInt(rest.startTimeUnixNano),
        endNs: BigInt(rest.endTimeUnixNano),
        attributes: valuesOf(rest.attributes),
        links: links.map(({ traceId, spanId }) => ({ traceId, spanId })),
        failed: status.code === 2,
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

const valuesOf = (list: z.output<typeof attributes>): Values =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0] as string | number | boolean]));

/** Draws a trace as lines, each step below the step that it belongs to, in the order in which they began. */
export function drawTrace(spans: readonly SentSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const ordered = spans.toSorted((a, b) => Number(a.startNs - b.startNs));
  const below = (parent: string | null, depth: number): string[] =>
    ordered
      .filter(({ parentSpanId }) =>
        parent === null ? parentSpanId === null || !ids.has(parentSpanId) : parentSpanId === parent,
      )
      .flatMap(({ spanId, name, kind, resource }) => [
        `${'  '.repeat(depth)}${name} (${kind}, ${resource['service.name']})`,
        ...below(spanId, depth + 1),
      ]);
  return below(null, 0);
}

/** Makes a `traceparent` as a proxy would send it. */
export function traceparentFor({ sampled = true } = {}): { traceId: string; spanId: string; traceparent: string } {
  const digits = (count: number) =>
    Array.from({ length: count }, () => '123456789abcdef'[Math.floor(Math.random() * 15)]).join('');
  const [traceId, spanId] = [digits(32), digits(16)];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}` };
}

/** The settings with which a process sends its traces to `collector`, soon after they end. */
export const tracingEnv = (collector: { url: string }, more: Record<string, string> = {}): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  ...more,
});
