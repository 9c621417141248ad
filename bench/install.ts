import { ensureDependencies } from '../scripts/launch/dependencies.mjs';

/** Installs the packages that draw the plots, as bench/package-lock.json lists them, unless they are installed. */
export function installBench(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    import.meta.dirname,
    say,
    'Installing the packages that draw the plots in bench/ with npm ci (28 MB, a few seconds; only this time).',
  );
}
