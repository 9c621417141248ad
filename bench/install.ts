import { ensureDependencies } from '../scripts/launch/dependencies.mjs';

/** Installs bench/'s own package, which draws the plots, from its lock file. Does nothing if it is installed. */
export function installBench(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    import.meta.dirname,
    say,
    'Installing the packages that draw the plots in bench/ with npm ci (28 MB, a few seconds; only this time).',
  );
}
