import { ensureDependencies } from '../scripts/launch/dependencies.mjs';

/** Installs the packages that draw the plots, by the lock file in bench/. Does nothing if they are installed. */
export function installBench(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    import.meta.dirname,
    say,
    'Installing the packages that draw the plots in bench/ with npm ci (28 MB, a few seconds; only this time).',
  );
}
