import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardJson, dashboards, dashboardsFolder } from './dashboards/dashboards.ts';

/** `npm run dashboards`: writes Grafana's files from their source in scripts/dashboards/. */
mkdirSync(dashboardsFolder, { recursive: true });
for (const [name, dashboard] of Object.entries(dashboards)) {
  writeFileSync(join(dashboardsFolder, `${name}.json`), dashboardJson(dashboard));
}
console.log(`Wrote ${Object.keys(dashboards).length} dashboards to deploy/observability/grafana/dashboards.`);
