import type { PlotSpec } from '../../bench/plots/plot.ts';
import type { Dashboard } from '../dashboards/grafana.ts';
import type { PrometheusApi } from '../dashboards/prometheus-api.ts';

/** The titles of the units that Grafana shows beside its axes. */
const unitTitles: Record<string, string> = { s: 'seconds', ops: 'per second', reqps: 'per second' };

type Sale = { eventId: string; opensAtSeconds: number; endsAtSeconds: number };

/** A panel of a dashboard, as Grafana would draw it from what this Prometheus has scraped. */
export async function panelPlot(
  prometheus: PrometheusApi,
  { dashboard, title }: { dashboard: Dashboard; title: string },
  { eventId, opensAtSeconds, endsAtSeconds }: Sale,
): Promise<PlotSpec> {
  const panel = dashboard.panels?.find((each) => each.title === title);
  if (panel === undefined || !('targets' in panel)) throw new Error(`No panel has the title ${title}.`);
  const range = { from: opensAtSeconds - 5, to: endsAtSeconds, stepSeconds: 1 };
  const values: { afterSeconds: number; value: number; series: string }[] = [];
  for (const target of panel.targets ?? []) {
    const { expr, legendFormat } = target as { expr: string; legendFormat?: string };
    const expression = expr.replaceAll('$__rate_interval', '4s').replaceAll('$event', eventId);
    for (const { labels, values: points } of await prometheus.queryRange(expression, range)) {
      const series = (legendFormat ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => labels[name] ?? '');
      // Grafana hides nothing, but a line at 0 from beginning to end says nothing in a small picture.
      if (points.every(({ value }) => value === 0 || !Number.isFinite(value))) continue;
      for (const { atSeconds, value } of points) {
        if (Number.isFinite(value)) values.push({ afterSeconds: atSeconds - opensAtSeconds, value, series });
      }
    }
  }
  if (values.length === 0) throw new Error(`The panel ${title} has no data.`);
  const unit = panel.fieldConfig?.defaults.unit ?? '';
  return {
    title,
    data: { values },
    ...{ width: 330, height: 170 },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: {
        ...{ field: 'afterSeconds', type: 'quantitative', title: 'seconds after the opening' },
        scale: { domain: [-5, endsAtSeconds - opensAtSeconds], nice: false },
      },
      y: { field: 'value', type: 'quantitative', title: unitTitles[unit] ?? null },
      color: { field: 'series', type: 'nominal', title: null },
    },
  };
}
