import type { ProcessRecord } from './process-record.ts';
import type { Promises } from './promises.ts';

/** Stored instead of the last sign of life of a process that has shut down cleanly. */
export const left = 'left';

/** A process that has given no sign of life for this long is gone, and no longer promises anything. */
export const goneAfterMs = 45_000;
/** If the list of processes was last read longer ago than this, no process counts as gone. */
const looksHoldMs = 5_000;
/** If there are more settled processes than this, those settled longest ago are dropped. */
const settledMax = 500;

/** What one process remembers about the others, even after a failover to a replica that does not know them. */
export class OtherProcesses {
  readonly #promises: Promises;
  /**
   * When each process was last alive, by Redis's clock. For a process that Redis does not list: when this process
   * noticed that, by its own clock.
   */
  readonly #alive = new Map<string, { aliveAtMs: number } | { unknownSince: number }>();
  #sawAt = -Infinity;
  /** The processes that Redis listed when the list was last read, and the id of that Redis. */
  #entered: { under: string; processes: ReadonlySet<string> } = { under: '', processes: new Set() };
  /**
   * Processes that have ended and whose promises this process took over, each with the events whose promises it could
   * not take over.
   */
  readonly #settled = new Map<string, string[]>();

  constructor(promises: Promises) {
    this.#promises = promises;
  }

  names(): string[] {
    return [...this.#alive.keys()];
  }

  settled(): Record<string, string[]> {
    return Object.fromEntries(this.#settled);
  }

  settle(process: string, exceptEvents: readonly string[]): void {
    this.#settled.delete(process);
    this.#settled.set(process, [...exceptEvents]);
    if (exceptEvents.length === 0) this.#alive.delete(process);
    for (const oldest of this.#settled.keys()) {
      if (this.#settled.size <= settledMax) break;
      this.#settled.delete(oldest);
    }
  }

  /** The processes that have shut down cleanly and whose promises nobody has taken over yet. */
  unreadAmong(entered: Readonly<Record<string, string>>): string[] {
    return Object.keys(entered).filter((process) => entered[process] === left && !this.#isSettled(process));
  }

  /** The processes that Redis still lists although all their promises were taken over. */
  leftHere(): string[] {
    return [...this.#entered.processes].filter((process) => this.#isSettled(process));
  }

  /** Remembers which processes the Redis with the id `under` lists. */
  saw(
    under: string,
    entered: Readonly<Record<string, string>>,
    stopped: ReadonlyMap<string, ProcessRecord | null>,
    self: string,
  ): void {
    this.#sawAt = performance.now();
    const before = this.#entered.under === under ? this.#entered.processes : new Set<string>();
    for (const [process, alive] of Object.entries(entered)) {
      if (process === self || this.#isSettled(process)) continue;
      const record = alive === left ? stopped.get(process) : null;
      if (record) {
        this.#promises.takeOver(record.promised);
        this.settle(process, []);
      } else this.#alive.set(process, { aliveAtMs: Number(alive) || 0 });
    }
    for (const [process, seen] of this.#alive) {
      if (process in entered) continue;
      // Another process took over that process's promises and removed its entry.
      if (before.has(process)) this.#alive.delete(process);
      else if ('aliveAtMs' in seen) this.#alive.set(process, { unknownSince: performance.now() });
    }
    this.#entered = { under, processes: new Set(Object.keys(entered)) };
  }

  /**
   * The processes that have given no sign of life for `goneAfterMs`. `redisNowMs` is the time now by Redis's clock.
   * While this process can't read the list, no process counts as gone, because signs of life appear only in the list.
   */
  gone(redisNowMs: number): string[] {
    const now = performance.now();
    if (now - this.#sawAt > looksHoldMs) return [];
    return [...this.#alive].flatMap(([process, seen]) => {
      const silentMs = 'aliveAtMs' in seen ? redisNowMs - seen.aliveAtMs : now - seen.unknownSince;
      return silentMs > goneAfterMs ? [process] : [];
    });
  }

  #isSettled(process: string): boolean {
    return this.#settled.get(process)?.length === 0;
  }
}
