import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../runtime/log.ts';
import { withSpan } from './span.ts';

/** OpenTelemetry's code for a successful export. */
const success = 0;

/**
 * Logs when the collector stops taking spans, and when it takes them again: one line each, however many spans were
 * lost. The exporter itself tries again for a while before an export counts as failed.
 */
export function watchExporter(exporter: SpanExporter, log: Logger): SpanExporter {
  let lost = 0;
  let failing = false;

  const note = (count: number, error: Error | undefined): void => {
    lost += count;
    if (failing) return;
    failing = true;
    log.warn(
      { event: 'traces_not_sent', cause: causeOf(error) },
      'the trace collector takes no spans, so they are dropped; claims are not affected. Check OTEL_EXPORTER_OTLP_ENDPOINT and the collector',
    );
  };
  const noteSuccess = (): void => {
    if (!failing) return;
    log.info({ event: 'traces_sent_again', lost }, 'the trace collector takes spans again');
    failing = false;
    lost = 0;
  };

  return {
    export: (spans, done) =>
      // The export runs as part of the trace whose span was the last to end, but does not belong to that trace.
      withSpan(undefined, () =>
        exporter.export(spans, (result) => {
          if (Number(result.code) === success) noteSuccess();
          else note(spans.length, result.error);
          done(result);
        }),
      ),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

/** What failed, without the address: it may contain a password. */
function causeOf(error: Error | undefined): { name: string; code?: string | number } {
  if (error === undefined) return { name: 'Error' };
  const { code } = error as { code?: unknown };
  return { name: error.name, ...((typeof code === 'string' || typeof code === 'number') && { code }) };
}
