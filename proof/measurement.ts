import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** When, by which command, from which commit and on which machine something was measured. */
export type Measurement = {
  measuredAt: string;
  command: string;
  commit: string;
  /** Whether the checkout differed from the commit. */
  modified: boolean;
  machine: { cpu: string; cores: number; memoryGiB: number; kernel: string };
};

/** Describes a measurement that `command` makes now, in the checkout at `root`. */
export function describeMeasurement(command: string, root: string): Measurement {
  const [cpu] = cpus();
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return {
    measuredAt: new Date().toISOString(),
    command,
    commit: git('rev-parse', 'HEAD'),
    modified: git('status', '--porcelain', '--', '.', ':!docs/performance') !== '',
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
  };
}
