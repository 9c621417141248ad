import type { Logger } from '../runtime/log.ts';
import type { Tracing, TracingSettings } from './tracing.ts';

/** Loads OpenTelemetry. Only for processes that trace, because the others must not pay for its modules. */
export async function openTracing(settings: TracingSettings, process: 'api' | 'worker', log: Logger): Promise<Tracing> {
  const { createOtelTracing } = await import('./otel-tracing.ts');
  return createOtelTracing(settings, process, log);
}
