import { join } from 'node:path';
import type { Dashboard } from './grafana.ts';
import { oneSale } from './one-sale.ts';
import { overview } from './overview.ts';
import { stores } from './stores.ts';
import { worker } from './worker.ts';

/** Our Grafana dashboards, by the name of their file. */
export const dashboards: Readonly<Record<string, Dashboard>> = { overview, 'one-sale': oneSale, stores, worker };

export const dashboardsFolder = join(import.meta.dirname, '../../deploy/observability/grafana/dashboards');

export const dashboardJson = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;
