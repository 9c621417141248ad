import type { Cell, EventResult, RunResult } from './run-result.ts';

/** All runs of one cell, summed up for a row of the table. */
export type CellSummary = {
  cell: Cell;
  runs: number;
  /** Runs in which an event stopped as `gate_lost`. */
  stopped: number;
  told: number;
  lostSaid: number;
  lostSilently: number;
  restored: number;
  /** Serials that two users saw as theirs, plus users who saw two codes. */
  twice: number;
  /**
   * The median and the longest time without a decided answer, over events that the fault hit and that went on without
   * an operator. Null if no event qualifies.
   */
  unavailable: { mysqlUp: MedianAndWorst | null; mysqlStopped: MedianAndWorst | null };
  broken: number;
  /** Medians of the runs. */
  rate: { perSecond: number; p99Ms: number };
};

export type MedianAndWorst = { medianMs: number; worstMs: number };

/** Sums up the runs of each cell, in the order of each cell's first run. */
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
 * Returns the median, or 0 if there are no values. If two values are in the middle, returns the lower one, because it
 * was really measured.
 */
function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
