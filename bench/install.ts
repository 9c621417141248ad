import { ensureDependencies } from '../scripts/launch/dependencies.mjs';

/** Installs the packages that draw the plots unless they are installed, in the versions of bench/package-lock.json. */
export function installBench(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    import.meta.dirname,
    say,
    'Installing the packages that draw the plots in bench/ with npm ci (28 MB, a few seconds; only this time).',
  );
}
