import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldClaim } from '../judge/judge-event.ts';
import type { RunSystem } from './run-system.ts';

/** What an operator did for an event that had stopped as `gate_lost`. */
export type Mended = {
  /** What the repair said, for people. */
  advice: string[];
  /** The serial from which the sale went on; null if the repair did not pause the event. */
  resumedFrom: number | null;
};

const patienceMs = 40_000;
const againMs = 500;
/** How many people restore claims at once. */
const clerks = 4;

/**
 * Does what docs/consistency.md says about a lost gate: repairs it and, if the repair paused the event, goes on above
 * every serial that may have been promised. Here the operator knows those: users said what they were told.
 */
export async function mendLostEvent({ admin }: RunSystem, eventId: string, highestTold: number): Promise<Mended> {
  const { advice } = await persist('repair', () => admin.admin.reconcile.mutate({ eventId, repair: true }));
  const event = await persist('look', () => admin.admin.event.get.query({ eventId }));
  if (event.phase !== 'paused') return { advice, resumedFrom: null };
  // Serials up to the stock may have been promised; then nothing can go on above them.
  const fromSerial = Math.min(Math.max(highestTold, event.issued) + 1, event.stock);
  const above = fromSerial > Math.max(highestTold, event.issued);
  await persist('resume', () => admin.admin.event.resume.mutate({ eventId, ...(above && { fromSerial }) }));
  return { advice, resumedFrom: above ? fromSerial : null };
}

/** Restores the claims of users who can prove what they were told. Resolves to those that could not be restored. */
export async function restoreClaims(
  { admin }: RunSystem,
  eventId: string,
  claims: readonly ToldClaim[],
): Promise<{ claim: ToldClaim; why: string }[]> {
  const refused: { claim: ToldClaim; why: string }[] = [];
  const left = [...claims];
  const clerk = async (): Promise<void> => {
    for (let claim = left.shift(); claim !== undefined; claim = left.shift()) {
      try {
        await admin.admin.claim.restore.mutate({ eventId, ...claim });
      } catch (error) {
        refused.push({ claim, why: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: clerks }, clerk));
  return refused;
}

/** Repeats a call until it succeeds, as an operator would. */
async function persist<T>(what: string, call: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() < giveUpAt) {
        await sleep(againMs);
        continue;
      }
      const last = error instanceof Error ? error.message : String(error);
      throw new Error(`The ${what} did not succeed within ${patienceMs} ms: ${last}`, { cause: error });
    }
  }
}
