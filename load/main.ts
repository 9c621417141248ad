import { dirname, join } from 'node:path';
import { findSystem } from '../proof/flash-sale/system.ts';
import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { runCommand } from '../scripts/command/npm-command.ts';
import { dataDirOf } from '../scripts/start/settings.ts';
import { ensureArtillery } from './runner/artillery.ts';
import { endurance } from './runner/endurance.ts';
import { worstOf } from './runner/judge-event.ts';
import type { Findings, LoadResult } from './runner/load-result.ts';
import { openLoadSite, type LoadSite } from './runner/load-site.ts';
import { loadCommand, type LoadOptions } from './runner/options.ts';
import { rampUp } from './runner/ramp-up.ts';
import { reportLoad } from './runner/report.ts';
import { stress } from './runner/stress.ts';

const root = dirname(import.meta.dirname);
const exitCodes: Record<LoadResult['verdict'], number> = { held: 0, missed: 1, unknown: 1, broken: 3 };

async function main(options: LoadOptions): Promise<number> {
  // With --json, stdout gets only the result, so other lines go to stderr.
  const out = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  await ensureArtillery(say);
  const signal = givenUpBySignal('the load', say);
  const system = await findSystem(process.env, say, signal, 'load');
  try {
    const startedAt = new Date().toISOString();
    // The folder is outside the data directory, which is deleted at the end if this run starts its own system.
    const dir = join(dataDirOf(root, process.env), 'load', `${startedAt.replaceAll(':', '.')}-${options.scenario}`);
    await using site = await openLoadSite(options, system, { dir, say, signal });
    say(`Sending users: ${options.scenario}, ${options.strategy}.`);
    const findings = await run(options, site);
    const { scenario, strategy, thresholds } = options;
    const result: LoadResult = {
      scenario,
      strategy,
      startedAt,
      thresholds,
      dir,
      ...findings,
      verdict: judge(findings),
    };
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : reportLoad(result));
    return exitCodes[result.verdict];
  } catch (err) {
    if (!signal.aborted) throw err;
    return 1;
  } finally {
    await system.stop();
  }
}

function run(options: LoadOptions, site: LoadSite): Promise<Findings> {
  switch (options.scenario) {
    case 'ramp-up':
      return rampUp(options, site);
    case 'stress':
      return stress(options, site);
    case 'endurance':
      return endurance(options, site);
  }
}

function judge({ events, missed }: Findings): LoadResult['verdict'] {
  const promises = worstOf(events.map(({ verdict }) => verdict));
  return promises === 'held' && missed.length > 0 ? 'missed' : promises;
}

await runCommand(loadCommand, main);
