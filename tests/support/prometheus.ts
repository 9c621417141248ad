import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { type Found, findTool, prometheus as debianPrometheus } from '../deploy/debian-tool.ts';
import { startCommand } from './processes.ts';
import { makeTestDir } from './run-dir.ts';
import { waitFor } from './wait-for.ts';

const found: Found = await findTool(debianPrometheus);

/**
 * Declares a test that says what to install if Prometheus is missing. Outside CI, that test is skipped then, and so are
 * the tests that `itNeedsPrometheus` declares.
 */
export function declarePrometheus(): void {
  it('Prometheus is installed or can be fetched, to check metrics, alarms and dashboards', ({ skip }) => {
    const missing = 'missing' in found ? found.missing : null;
    if (process.env['CI'] === undefined && missing !== null) skip(missing);
    expect(missing).toBeNull();
  });
}

export const hasPrometheus = !('missing' in found);
export const itNeedsPrometheus = it.skipIf(!hasPrometheus);

function binary(name: 'prometheus' | 'promtool'): string {
  if ('missing' in found) throw new Error(found.missing);
  return found.path.includes('/') ? join(dirname(found.path), name) : name;
}

/** Runs promtool. Resolves to its exit code and to everything that it printed. */
export function promtool(args: string[], input?: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(binary('promtool'), args, { encoding: 'utf8', input });
  return { code: status, output: `${stdout}${stderr}` };
}

/** Writes text to a file in a new folder of this test run. */
export function writeTestFile(name: string, text: string): string {
  const file = join(makeTestDir(inject('runDir'), 'prometheus'), name);
  writeFileSync(file, text);
  return file;
}

/** Series of an instant query, or of a range query: each has its labels and its values. */
export type Series = { labels: Record<string, string>; values: { atSeconds: number; value: number }[] };

/** A real Prometheus that scrapes our processes. Killed when disposed. */
export type Prometheus = AsyncDisposable & {
  url: string;
  query(expression: string): Promise<Series[]>;
  queryRange(expression: string, range: { from: number; to: number; stepSeconds: number }): Promise<Series[]>;
  /** The names of the alarms that fire now. */
  firing(): Promise<string[]>;
};

type Options = {
  /** The addresses to scrape for each job, such as `http://127.0.0.1:3000`. */
  jobs: Record<string, string[]>;
  /** The text of a rules file. */
  rules?: string;
};

/** Starts Prometheus. It scrapes and evaluates rules every second, so that tests need not wait long. */
export async function startPrometheus({ jobs, rules }: Options): Promise<Prometheus> {
  const port = await findFreePort('127.0.0.1');
  const dir = makeTestDir(inject('runDir'), 'prometheus');
  const scrapes = Object.entries(jobs).map(([name, urls]) => ({
    job_name: name,
    static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
  }));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    scrape_configs: scrapes,
    ...(rules !== undefined && { rule_files: ['rules.yaml'] }),
  };
  // JSON is YAML too.
  writeFileSync(join(dir, 'prometheus.yaml'), JSON.stringify(config));
  if (rules !== undefined) writeFileSync(join(dir, 'rules.yaml'), rules);
  const server = await startCommand(binary('prometheus'), [
    `--config.file=${join(dir, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => {
    if (!server.isRunning()) throw new Error(`Prometheus ended:\n${server.output()}`);
    return (await fetch(`${url}/-/ready`)).ok;
  };
  await waitFor(ready, { what: 'Prometheus to be ready', limitMs: 30_000 });
  const ask = async <Data>(path: string, parameters: Record<string, string>): Promise<Data> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status !== 'success') throw new Error(`${answer.error} in ${JSON.stringify(parameters)}`);
    return answer.data;
  };
  return {
    url,
    query: async (expression) => seriesOf(await ask<Answer>('query', { query: expression })),
    queryRange: async (expression, { from, to, stepSeconds }) =>
      seriesOf(
        await ask<Answer>('query_range', {
          ...{ query: expression, start: String(from), end: String(to), step: String(stepSeconds) },
        }),
      ),
    firing: async () => {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts', {});
      return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type Pair = [atSeconds: number, value: string];
type Answer = { result: { metric: Record<string, string>; value?: Pair; values?: Pair[] }[] };

const seriesOf = ({ result }: Answer): Series[] =>
  result.map(({ metric, value, values }) => ({
    labels: metric,
    values: (values ?? (value ? [value] : [])).map(([atSeconds, text]) => ({ atSeconds, value: Number(text) })),
  }));
