/** Values of one set of labels: one value of an instant query, or those of a range query. */
export type Series = { labels: Record<string, string>; values: { atSeconds: number; value: number }[] };

/** The HTTP API of a Prometheus. */
export type PrometheusApi = {
  url: string;
  query(expression: string): Promise<Series[]>;
  queryRange(expression: string, range: { from: number; to: number; stepSeconds: number }): Promise<Series[]>;
  /** The names of the alarms that fire now. */
  firing(): Promise<string[]>;
};

/** The settings of a Prometheus that scrapes these addresses every second, in the form of its settings file. */
export function quickSettings(jobs: Record<string, string[]>, ruleFiles: string[] = []): string {
  // JSON is YAML too.
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(jobs).map(([name, urls]) => ({
      job_name: name,
      static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
    })),
  });
}

/** The arguments with which Prometheus runs on a settings file and keeps its data in a folder. */
export const prometheusArguments = (at: { settings: string; data: string; port: number }): string[] => [
  `--config.file=${at.settings}`,
  `--storage.tsdb.path=${at.data}`,
  `--web.listen-address=127.0.0.1:${at.port}`,
  '--log.level=warn',
];

export function openPrometheusApi(url: string): PrometheusApi {
  const ask = async <Data>(path: string, parameters: Record<string, string>): Promise<Data> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status !== 'success') throw new Error(`${answer.error ?? ''} in ${JSON.stringify(parameters)}`);
    return answer.data;
  };
  return {
    url,
    query: async (expression) => seriesOf(await ask<Answer>('query', { query: expression })),
    queryRange: async (expression, { from, to, stepSeconds }) => {
      const range = { start: String(from), end: String(to), step: String(stepSeconds) };
      return seriesOf(await ask<Answer>('query_range', { query: expression, ...range }));
    },
    firing: async () => {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts', {});
      return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))];
    },
  };
}

type Pair = [atSeconds: number, value: string];
type Answer = { result: { metric: Record<string, string>; value?: Pair; values?: Pair[] }[] };

const seriesOf = ({ result }: Answer): Series[] =>
  result.map(({ metric, value, values }) => ({
    labels: metric,
    values: (values ?? (value ? [value] : [])).map(([atSeconds, text]) => ({ atSeconds, value: Number(text) })),
  }));
