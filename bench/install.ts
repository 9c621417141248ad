import { ensureDependencies } from '../scripts/launch/dependencies.mjs';

/** Installs what is in bench/ by its own lock file: what draws the plots. Does nothing when it is there. */
export function installBench(say: (line: string) => void): Promise<void> {
  return ensureDependencies(
    import.meta.dirname,
    say,
    'Installing what draws the plots in bench/ with npm ci (28 MB, some seconds; only this time).',
  );
}
