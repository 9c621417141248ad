import { Gauge, type Registry } from 'prom-client';
import type { Platform } from '../core/platform.ts';
import { inTime } from './in-time.ts';
import { metricNames as names } from './metric-names.ts';

/** How far the other clocks are from Redis's. Unsigned, because the highest value of all processes counts. */
export function watchClocks(registry: Registry, { health }: Pick<Platform, 'health'>): void {
  new Gauge({
    name: names.clockDifference,
    help: 'Difference between a clock and that of Redis, either way',
    labelNames: ['clock'],
    aggregator: 'max',
    registers: [registry],
    async collect() {
      this.reset();
      for (const { clock, aheadMs } of (await inTime(() => health.clocks())) ?? []) {
        this.set({ clock }, Math.abs(aheadMs) / 1_000);
      }
    },
  });
}
