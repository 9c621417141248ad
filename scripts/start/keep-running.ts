import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended } from '../services/owned-process.ts';

/** A process to keep running: a server, the API or the worker. */
export interface Part {
  readonly name: string;
  /** Null while the process is down. */
  pid(): number | null;
  /** Resolves when the running process ends. Null while the process is down. */
  ended(): Promise<Ended> | null;
  start(signal?: AbortSignal): Promise<void>;
  /** Stops the process. Resolves to false if it took too long and was killed. */
  stop(): Promise<boolean>;
  kill(): Promise<void>;
}

export interface KeepRunningOptions {
  say: (line: string) => void;
  /** Called after each restart. */
  restarted: () => void;
  /** Aborts to end the restarts. The part itself keeps running after the abort. */
  signal: AbortSignal;
}

const firstPauseMs = 250;
const pauseMaxMs = 10_000;
const steadyMs = 30_000;

/**
 * Restarts a part whenever it ends, after a pause of 250 ms. If the part keeps ending soon after it starts, the pause
 * doubles each time, up to 10 s. Resolves when the signal aborts.
 */
export async function keepRunning(part: Part, { say, restarted, signal }: KeepRunningOptions): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  let pauseMs = firstPauseMs;
  let startedMs = performance.now();
  while (!signal.aborted) {
    const ended = await Promise.race([part.ended() ?? Promise.resolve(null), aborted]);
    if (signal.aborted) return;
    if (performance.now() - startedMs > steadyMs) pauseMs = firstPauseMs;
    const how = ended ? ` (${ended.signal ?? `exit ${ended.code}`})` : '';
    say(`${part.name} has ended${how}; restarting it in ${pauseMs} ms.`);
    await Promise.race([sleep(pauseMs, undefined, { signal }).catch(() => undefined), aborted]);
    if (signal.aborted) return;
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    startedMs = performance.now();
    try {
      await part.start(signal);
      restarted();
    } catch (error) {
      if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
    }
  }
}
