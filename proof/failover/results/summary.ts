import type { Cell, EventResult, RunResult } from './run-result.ts';

/** The results of all runs of one cell, for one row of the table. */
export type CellSummary = {
  cell: Cell;
  runs: number;
  /** Runs in which at least one event stopped as `gate_lost`. */
  stopped: number;
  told: number;
  lostSaid: number;
  lostSilently: number;
  restored: number;
  /** How many serials were told to two users, plus how many users were told two codes. */
  twice: number;
  /**
   * The median and longest time without a decision, of events that the fault hit and that went on without an operator.
   * Null if there were none.
   */
  unavailable: { mysqlUp: MedianAndWorst | null; mysqlStopped: MedianAndWorst | null };
  broken: number;
  /** The medians of the runs. */
  rate: { perSecond: number; p99Ms: number };
};

export type MedianAndWorst = { medianMs: number; worstMs: number };

/** Summarises the runs of each cell. The cells are in the order of their first runs. */
export function summarise(runs: readonly RunResult[]): CellSummary[] {
  const groups = Map.groupBy(runs, ({ cell }) => `${cell.topology} ${cell.acks} ${cell.fault}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [summary(first.cell, group)];
  });
}

function summary(cell: Cell, runs: RunResult[]): CellSummary {
  const events = runs.flatMap((run) => run.events);
  const sum = (of: (event: EventResult) => number): number => events.reduce((total, event) => total + of(event), 0);
  const silence = (mysqlStopped: boolean): MedianAndWorst | null =>
    medianAndWorst(
      runs
        .filter((run) => run.mysqlStopped === mysqlStopped)
        .flatMap((run) => run.events.filter(({ hit, stopped }) => hit && !stopped))
        .flatMap(({ unavailableMs }) => unavailableMs ?? []),
    );
  return {
    cell,
    runs: runs.length,
    stopped: runs.filter((run) => run.events.some((event) => event.stopped)).length,
    told: sum((event) => event.told),
    lostSaid: sum((event) => event.lostSaid),
    lostSilently: sum((event) => event.lostSilently),
    restored: sum((event) => event.restored),
    twice: sum((event) => event.serialToldTwice + event.userWithTwoCodes),
    unavailable: { mysqlUp: silence(false), mysqlStopped: silence(true) },
    broken: runs.filter((run) => run.broken.length > 0).length,
    rate: {
      perSecond: median(runs.map(({ rate }) => rate.perSecond)),
      p99Ms: median(runs.map(({ rate }) => rate.p99Ms)),
    },
  };
}

const medianAndWorst = (values: number[]): MedianAndWorst | null =>
  values.length === 0 ? null : { medianMs: median(values), worstMs: Math.max(...values) };

/**
 * The median. Of two values in the middle, takes the lower one, so that the result was really measured; 0 without
 * values.
 */
function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
