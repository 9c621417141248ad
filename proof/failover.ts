import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { runCommand } from '../scripts/command/npm-command.ts';
import { failoverCommand, type FailoverOptions } from './failover/options.ts';
import { reportRuns } from './failover/results/report.ts';
import type { Cell, RunResult } from './failover/results/run-result.ts';
import { describeFailoverSetting, storeSession } from './failover/results/store.ts';
import { runOnce } from './failover/run.ts';
import type { TopologyName } from './failover/servers/topology.ts';
import { startMySql, type MySql } from './failover/system/mysql.ts';

const root = dirname(import.meta.dirname);
const folder = join(root, 'docs', 'performance');
/** An event's users arrive over this time. */
const overMs = 8_000;

const exitCodes = { held: 0, fault: 1, broken: 3 };

type Session = {
  options: FailoverOptions;
  mysql: MySql;
  dir: string;
  say: (line: string) => void;
  signal: AbortSignal;
};

async function main(options: FailoverOptions): Promise<number> {
  // With --json, stdout gets only the result, so other lines go to stderr.
  const out = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const signal = givenUpBySignal('the runs', say);
  const dir = mkdtempSync(join(tmpdir(), 'firstcome-failover-'));
  await using mysql = await startMySql(dir);
  const session: Session = { options, mysql, dir, say, signal };
  const args = process.argv.slice(2).join(' ');
  const setting = describeFailoverSetting(`npm run failover -- ${args}`.trim(), root, mysql.versions);
  const controls = options.control ? await runControls(session) : [];
  const runs: RunResult[] = [];
  let faults = 0;
  for (const cell of options.cells) {
    for (let nth = 0; nth < options.runs; nth += 1) {
      signal.throwIfAborted();
      const run = await runCell(session, cell, nth).catch((error: unknown) => {
        faults += 1;
        say(`    NO RESULT: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      });
      if (run === null) continue;
      runs.push(run);
      if (options.store) storeSession(folder, { setting, runs, control: controls });
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ setting, control: controls, runs }, null, 2)}\n`);
  else say(`\n${reportRuns(runs)}`);
  const blind = options.control
    ? replicatedTopologies(options).filter(
        (name) => !controls.some((run) => run.cell.topology === name && !isBlind(run)),
      )
    : [];
  for (const name of blind) say(`The control on ${name} showed no loss, so these runs prove nothing.`);
  if (faults > 0) say(`${faults} runs have no result.`);
  const broken = runs.some((run) => run.broken.length > 0);
  if (options.keep) say(`Files and logs: ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
  if (broken) return exitCodes.broken;
  return blind.length > 0 || faults > 0 ? exitCodes.fault : exitCodes.held;
}

/**
 * Runs the control, a stale promotion without fencing. The control must lose claims, which shows that this command can
 * detect a loss.
 */
async function runControls(session: Session): Promise<RunResult[]> {
  const { options, say } = session;
  const topologies = [...new Set(options.cells.map(({ topology }) => topology))].filter(
    (name) => name !== 'standalone',
  );
  const controls: RunResult[] = [];
  for (const topology of topologies) {
    say(`Control on ${topology}: a stale promotion without acknowledgements and without fencing.`);
    const control = await runControl(session, topology);
    if (control === null) continue;
    controls.push(control);
    say(
      isBlind(control)
        ? '    the control lost NOTHING'
        : `    the control broke promises, as it must: ${control.broken[0]}`,
    );
  }
  return controls;
}

/**
 * Runs the control up to twice, because on a busy machine the fault may not happen. Returns null if the fault never
 * happened.
 */
async function runControl(session: Session, topology: TopologyName): Promise<RunResult | null> {
  for (const attempt of ['first', 'second']) {
    try {
      const how = { seed: session.options.seed, mysqlStopped: false, unfenced: true };
      return await runNamed(session, `control-${topology}-${attempt}`, controlCell(topology), how);
    } catch (error) {
      session.say(`    NO RESULT: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return null;
}

/** A single server has no replica that could be promoted. */
const replicatedTopologies = ({ cells }: FailoverOptions): TopologyName[] =>
  [...new Set(cells.map(({ topology }) => topology))].filter((name) => name !== 'standalone');

const controlCell = (topology: TopologyName): Cell => ({ topology, acks: 0, fault: 'stale-promotion' });

const isBlind = ({ events }: RunResult): boolean =>
  events.every(
    ({ lostSilently, serialToldTwice, userWithTwoCodes }) => lostSilently + serialToldTwice + userWithTwoCodes === 0,
  );

async function runCell(session: Session, cell: Cell, nth: number): Promise<RunResult> {
  const { options, say } = session;
  const seed = options.seed + nth;
  // In every second run of a cell, MySQL is stopped.
  const mysqlStopped = nth % 2 === 1;
  const name = `${cell.topology}-${cell.acks}-${cell.fault}-${seed}`;
  say(`${cell.topology}, acks ${cell.acks}, ${cell.fault}, seed ${seed}${mysqlStopped ? ', MySQL stopped' : ''}`);
  const run = await runNamed(session, name, cell, { seed, mysqlStopped, unfenced: false });
  const stopped = run.events.filter((event) => event.stopped).length;
  const silences = run.events.map(({ hit, unavailableMs }) => `${unavailableMs ?? '-'}${hit ? '' : ' (not hit)'}`);
  say(`    ${run.seconds} s; stopped ${stopped} of ${run.events.length}; unavailable ms: ${silences.join(', ')}`);
  for (const problem of run.broken) say(`    BROKEN ${problem}`);
  return run;
}

async function runNamed(
  { options, mysql, dir, say, signal }: Session,
  name: string,
  cell: Cell,
  how: { seed: number; mysqlStopped: boolean; unfenced: boolean },
): Promise<RunResult> {
  const runDir = join(dir, name);
  mkdirSync(runDir);
  const { users: usersPerEvent, events, address } = options;
  const sale = { usersPerEvent, events, overMs, address };
  const run = await runOnce({ ...cell, ...how, ...sale, mysql, dir: runDir, signal });
  const { target, promoted, tookMs } = run.fault;
  say(`    ${target} hit${promoted === null ? '' : `, ${promoted} promoted`}; the fault took ${tookMs} ms`);
  if (!options.keep) rmSync(runDir, { recursive: true, force: true });
  return run;
}

await runCommand(failoverCommand, main);
