import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterSettings } from '../servers/cluster.ts';
import { sentinelTimes } from '../servers/sentinel.ts';
import type { RunResult } from './run-result.ts';
import { describeMeasurement, type Measurement } from '../../measurement.ts';

/** The machine, versions and settings of a session's runs. */
export type FailoverSetting = Measurement & {
  versions: { node: string; redis: string; mysql: string };
  timeouts: { sentinel: typeof sentinelTimes; cluster: { nodeTimeoutMs: number } };
};

/** The runs of one command, with the machine and settings. */
export type FailoverSession = { setting: FailoverSetting; runs: RunResult[]; control: RunResult[] };

export type StoredFailover = { part: 'failover'; sessions: FailoverSession[] };

const nameOf = (day: string): string => `${day}-failover.json`;

export function describeFailoverSetting(
  command: string,
  root: string,
  versions: { redis: string; mysql: string },
): FailoverSetting {
  return {
    ...describeMeasurement(command, root),
    versions: { node: process.versions.node, ...versions },
    timeouts: { sentinel: sentinelTimes, cluster: { nodeTimeoutMs: Number(clusterSettings['cluster-node-timeout']) } },
  };
}

/** Adds a session to the file for its day, with one run per line. Returns the file's name. */
export function storeSession(folder: string, session: FailoverSession): string {
  mkdirSync(folder, { recursive: true });
  const name = nameOf(session.setting.measuredAt.slice(0, 10));
  const path = join(folder, name);
  const earlier = existsSync(path) ? readStored(path).sessions : [];
  const others = earlier.filter(({ setting }) => setting.measuredAt !== session.setting.measuredAt);
  writeFileSync(path, formatSessions([...others, session]));
  return name;
}

/** The sessions of the newest day, or null. */
export function readNewestSessions(folder: string): { name: string; sessions: FailoverSession[] } | null {
  const name = readdirSync(folder)
    .filter((file) => /^\d{4}-\d\d-\d\d-failover\.json$/.test(file))
    .sort()
    .at(-1);
  return name === undefined ? null : { name, sessions: readStored(join(folder, name)).sessions };
}

const readStored = (path: string): StoredFailover => JSON.parse(readFileSync(path, 'utf8')) as StoredFailover;

function formatSessions(sessions: FailoverSession[]): string {
  const lines = (runs: RunResult[]): string => runs.map((run) => `        ${JSON.stringify(run)}`).join(',\n');
  const texts = sessions.map(
    ({ setting, runs, control }) =>
      `    {\n      "setting": ${JSON.stringify(setting)},\n      "control": [\n${lines(control)}\n      ],\n      "runs": [\n${lines(runs)}\n      ]\n    }`,
  );
  return `{\n  "part": "failover",\n  "sessions": [\n${texts.join(',\n')}\n  ]\n}\n`;
}
