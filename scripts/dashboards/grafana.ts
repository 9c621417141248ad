import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as TimelineField,
  Options as TimelineOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type {
  FieldConfig as GraphField,
  Options as GraphOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type {
  Dashboard as GrafanaDashboard,
  FieldConfig,
  FieldConfigSource,
  Panel as GrafanaPanel,
  VariableModel,
} from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';

/** A type of Grafana's as JSON has it: with the values of its enums instead of their names. */
export type Json<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

export type Dashboard = Json<GrafanaDashboard>;
type Panel = Json<GrafanaPanel>;

/** A PromQL query. `legend` names each series by its labels, in Grafana's form `{{label}}`. */
export type Query = { expr: string; legend?: string };

/** Grafana's names of the units that the panels use. */
type Unit = 'short' | 's' | 'ops' | 'reqps' | 'percentunit' | 'bytes';

type PanelInput = {
  title: string;
  /** What the panel shows, and what to do about it. */
  description: string;
  queries: Query[];
  unit?: Unit;
  /** In the 24 columns of a dashboard. */
  width: number;
};

/** A panel that has no place yet: `dashboardOf` gives it one. */
export type UnplacedPanel = { panel: Panel; width: number; height: number };

const datasource = { type: 'prometheus', uid: '${datasource}' } as const;
const panelOf = (
  type: string,
  { title, description, queries, width }: PanelInput,
  height: number,
  more: Pick<Panel, 'options' | 'fieldConfig'>,
): UnplacedPanel => ({
  ...{ width, height },
  panel: {
    ...{ type, title, description, datasource, ...more },
    targets: queries.map(({ expr, legend }, i) => ({
      ...{ refId: String.fromCharCode(65 + i), datasource, expr, range: true },
      ...(legend !== undefined && { legendFormat: legend }),
    })),
  },
});

const fieldsOf = (custom: object, defaults: Json<FieldConfig> = {}): Json<FieldConfigSource> => ({
  defaults: { ...defaults, custom: custom as Record<string, unknown> },
  overrides: [],
});

/** Lines over time; `stacked` fills and adds them. */
export function graph(input: PanelInput & { stacked?: boolean }): UnplacedPanel {
  const options: Json<GraphOptions> = {
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
  const custom: Json<GraphField> = {
    ...{ drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 2, showPoints: 'never', spanNulls: false },
    ...(input.stacked === true
      ? { fillOpacity: 30, stacking: { mode: 'normal', group: 'A' } }
      : { fillOpacity: 5, stacking: { mode: 'none', group: 'A' } }),
  };
  return panelOf('timeseries', input, 8, {
    options: { ...options },
    fieldConfig: fieldsOf(custom, { unit: input.unit ?? 'short', min: 0 }),
  });
}

/** The newest value as a big number: green, and red from `badFrom` on (or, with `badBelow`, below that). */
export function stat(input: PanelInput & { badFrom?: number; badBelow?: number; decimals?: number }): UnplacedPanel {
  const options: Json<StatOptions> = {
    ...{ colorMode: 'value', graphMode: 'area', justifyMode: 'auto', textMode: 'auto', orientation: 'auto' },
    ...{ percentChangeColorMode: 'standard', showPercentChange: false, wideLayout: true },
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  };
  const { badFrom, badBelow, decimals } = input;
  const steps = [
    { value: null, color: badBelow === undefined ? 'green' : 'red' },
    ...(badFrom === undefined ? [] : [{ value: badFrom, color: 'red' }]),
    ...(badBelow === undefined ? [] : [{ value: badBelow, color: 'green' }]),
  ];
  return panelOf('stat', input, 4, {
    options: { ...options },
    fieldConfig: fieldsOf(
      {},
      {
        ...{ unit: input.unit ?? 'short', thresholds: { mode: 'absolute', steps } },
        ...(decimals !== undefined && { decimals }),
      },
    ),
  });
}

/** One bar per series over time: green while the value is 1, red while it is 0. */
export function timeline(input: PanelInput): UnplacedPanel {
  const options: Json<TimelineOptions> = {
    ...{ showValue: 'never', rowHeight: 0.8, mergeValues: true, alignValue: 'left' },
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
    tooltip: { mode: 'single', sort: 'none' },
  };
  const custom: Json<TimelineField> = { fillOpacity: 70, lineWidth: 0 };
  const steps = [
    { value: null, color: 'red' },
    { value: 1, color: 'green' },
  ];
  return panelOf('state-timeline', input, 8, {
    options: { ...options },
    fieldConfig: fieldsOf(custom, {
      color: { mode: 'thresholds' },
      thresholds: { mode: 'absolute', steps },
      mappings: [{ type: 'value', options: { 0: { text: 'fails', index: 0 }, 1: { text: 'ok', index: 1 } } }],
    }),
  });
}

/** A variable whose values are those of a label. */
export const labelVariable = (name: string, label: string, query: string): Json<VariableModel> => ({
  ...{ type: 'query', name, label, datasource, query: { query, refId: name }, refresh: 2, sort: 0 },
});

/** Puts panels side by side, from left to right, and begins a new line where one has no room. */
export function dashboardOf({
  uid,
  title,
  description,
  variables = [],
  panels,
}: {
  uid: string;
  title: string;
  description: string;
  variables?: Json<VariableModel>[];
  panels: UnplacedPanel[];
}): Dashboard {
  let [x, y, lineHeight] = [0, 0, 0];
  const placed = panels.map(({ panel, width, height }, i): Panel => {
    if (x + width > 24) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const gridPos = { x, y, w: width, h: height };
    [x, lineHeight] = [x + width, Math.max(lineHeight, height)];
    return { id: i + 1, gridPos, ...panel };
  });
  return {
    ...{ uid, title, description, tags: ['firstcome'], schemaVersion: 41, editable: true, graphTooltip: 1 },
    ...{ refresh: '5s', time: { from: 'now-15m', to: 'now' }, timezone: 'browser' },
    templating: {
      list: [{ type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus' }, ...variables],
    },
    links: [
      {
        ...{ title: 'Firstcome', type: 'dashboards', tags: ['firstcome'], icon: 'external link', tooltip: '' },
        ...{ asDropdown: true, includeVars: false, keepTime: true, targetBlank: false },
      },
    ],
    panels: placed,
  };
}
