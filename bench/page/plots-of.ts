import { contentionPlot } from '../plots/contention-plot.ts';
import { cpuPlot } from '../plots/cpu-plot.ts';
import { latencyPlot } from '../plots/latency-plot.ts';
import type { Plot } from '../plots/plot.ts';
import { ratesPlot } from '../plots/rates-plot.ts';
import { salePlot } from '../plots/sale-plot.ts';
import { standstillPlot } from '../plots/standstill-plot.ts';
import { waitsPlot } from '../plots/waits-plot.ts';
import type { StoredResult } from '../results/results.ts';
import { shownEntrants } from '../strategies/shown-entrants.ts';

export function plotsOf(stored: StoredResult): Plot[] {
  switch (stored.part) {
    case 'claims':
    case 'opening':
    case 'memory':
    case 'reconcile':
    case 'pages':
    case 'limits':
    case 'line':
    case 'tracing':
      return [];
    case 'strategies': {
      const entrants = shownEntrants(stored.result.entrants);
      if (entrants.length === 0) return [];
      return [ratesPlot(entrants), salePlot(entrants), latencyPlot(entrants), cpuPlot(entrants)];
    }
    case 'locks': {
      const { contention, waits, standstills } = stored.result;
      return [contentionPlot(contention), waitsPlot(waits), standstillPlot(standstills)];
    }
  }
}
