import { join } from 'node:path';
import { root } from '../../support/processes.ts';
import { compileProblems } from '../compile-problems.ts';

/** A dashboard as it is in its file. */
export type DashboardFile = {
  uid: string;
  title: string;
  panels: {
    id: number;
    type: string;
    title: string;
    description: string;
    gridPos: { x: number; y: number; w: number; h: number };
    options: object;
    fieldConfig: { defaults: { custom: object } };
    targets: { expr: string }[];
  }[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
};

const composable = '@grafana/schema/dist/esm/raw/composable';
/** The module with the options of each type of panel, and whether the type has options for fields. */
const panelTypes: Record<string, { module: string; hasFields: boolean }> = {
  timeseries: { module: `${composable}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen`, hasFields: true },
  stat: { module: `${composable}/stat/panelcfg/x/StatPanelCfg_types.gen`, hasFields: false },
  'state-timeline': {
    module: `${composable}/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen`,
    hasFields: true,
  },
};

/**
 * What Grafana would refuse or ignore in a dashboard. Grafana publishes the schema of its dashboards and panels as types,
 * so the compiler finds unknown fields, wrong values and missing options.
 */
export function schemaProblems(dashboard: DashboardFile): string[] {
  const lines = [
    `import type { Json } from '${join(root, 'scripts', 'dashboards', 'grafana.ts')}';`,
    `import type { Dashboard } from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';`,
    `export const dashboard: Json<Dashboard> = ${JSON.stringify(dashboard)};`,
  ];
  for (const { id, type, options, fieldConfig } of dashboard.panels) {
    const { module, hasFields } = panelTypes[type] ?? {};
    if (module === undefined) return [`${dashboard.title}: no schema is known for panels of the type ${type}`];
    const imported = hasFields === true ? `Options as O${id}, FieldConfig as F${id}` : `Options as O${id}`;
    lines.push(
      `import type { ${imported} } from '${module}';`,
      `export const options${id}: Json<O${id}> = ${JSON.stringify(options)};`,
    );
    const fieldType = hasFields === true ? `Json<F${id}>` : 'Record<string, never>';
    lines.push(`export const fields${id}: ${fieldType} = ${JSON.stringify(fieldConfig.defaults.custom)};`);
  }
  const file = join(root, 'tests', 'deploy', 'observability', 'dashboard-in-memory.ts');
  return compileProblems(file, lines.join('\n')).map(
    ({ line, message }) => `${dashboard.title}, line ${line}: ${message}`,
  );
}
