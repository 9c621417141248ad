import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import {
  openPrometheusApi,
  prometheusArguments,
  type PrometheusApi,
  quickSettings,
} from '../../scripts/dashboards/prometheus-api.ts';
import { type Found, findTool, prometheus } from '../../scripts/debian/find-tool.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { startCommand } from './processes.ts';
import { makeTestDir } from './run-dir.ts';
import { waitFor } from './wait-for.ts';

const found: Found = await findTool(prometheus);

export const hasPrometheus = !('missing' in found);
export const itNeedsPrometheus = it.skipIf(!hasPrometheus);

/**
 * Declares a test that says what to install if Prometheus is missing. Outside CI it is skipped then, like the tests that
 * need Prometheus.
 */
export function declarePrometheus(): void {
  it('Prometheus is installed or can be fetched, to check metrics, alarms and dashboards', ({ skip }) => {
    const missing = 'missing' in found ? found.missing : null;
    if (process.env['CI'] === undefined && missing !== null) skip(missing);
    expect(missing).toBeNull();
  });
}

/** `promtool` comes with `prometheus`, in the same folder. */
function binary(name: 'prometheus' | 'promtool'): string {
  if ('missing' in found) throw new Error(found.missing);
  return found.path.includes('/') ? join(dirname(found.path), name) : name;
}

/** Runs promtool. Returns its exit code and everything that it printed. */
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

/** A real Prometheus that scrapes our processes. Killed when disposed. */
export type Prometheus = PrometheusApi & AsyncDisposable;

type Options = {
  /** The addresses to scrape for each job, such as `http://127.0.0.1:3000`. */
  jobs: Record<string, string[]>;
  /** The text of a rules file. */
  rules?: string;
};

/** Starts Prometheus. It scrapes and evaluates rules every second, so that tests need not wait long. */
export async function startPrometheus({ jobs, rules }: Options): Promise<Prometheus> {
  const port = await findFreePort('127.0.0.1');
  const ruleFiles = rules === undefined ? [] : [writeTestFile('rules.yaml', rules)];
  const settings = writeTestFile('prometheus.yaml', quickSettings(jobs, ruleFiles));
  const data = join(dirname(settings), 'data');
  const server = await startCommand(binary('prometheus'), prometheusArguments({ settings, data, port }));
  const api = openPrometheusApi(`http://127.0.0.1:${port}`);
  const ready = async () => {
    if (!server.isRunning()) return 'ended';
    return (await fetch(`${api.url}/-/ready`)).ok;
  };
  const seen = await waitFor(ready, { what: 'Prometheus to be ready', limitMs: 30_000 });
  if (seen === 'ended') throw new Error(`Prometheus ended before it was ready:\n${server.output()}`);
  return { ...api, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
