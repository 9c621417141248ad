import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldClaim } from '../judge/judge-event.ts';
import type { RunSystem } from './run-system.ts';

/** What an operator did for an event that had stopped as `gate_lost`. */
export type Mended = {
  /** What the repair reported. */
  advice: string[];
  /**
   * Whether the sale went on by itself, was closed, or was resumed from a serial above every serial that may have been
   * promised.
   */
  then: 'went_on' | 'closed' | { resumedFrom: number };
};

const patienceMs = 40_000;
const againMs = 500;

/**
 * Does what docs/consistency.md says about a lost gate: repairs the event and, if the repair paused it, resumes it
 * above every serial that may have been promised (here `highestTold`; a real operator has to estimate it). If that was
 * the last serial, closes the event.
 */
export async function mendLostEvent({ admin }: RunSystem, eventId: string, highestTold: number): Promise<Mended> {
  const { advice } = await persist('repair', () => admin.admin.reconcile.mutate({ eventId, repair: true }));
  const event = await persist('look', () => admin.admin.event.get.query({ eventId }));
  if (event.phase !== 'paused') return { advice, then: 'went_on' };
  const fromSerial = Math.max(highestTold, event.issued) + 1;
  if (fromSerial > event.stock) {
    await persist('closing', () => admin.admin.event.close.mutate({ eventId }));
    return { advice, then: 'closed' };
  }
  await persist('resume', () => admin.admin.event.resume.mutate({ eventId, fromSerial }));
  return { advice, then: { resumedFrom: fromSerial } };
}

/**
 * Restores the claims of users who can show their codes. Resolves to the claims that could not be restored, each with
 * the reason.
 */
export async function restoreClaims(
  { admin }: RunSystem,
  eventId: string,
  claims: readonly ToldClaim[],
): Promise<{ claim: ToldClaim; why: string }[]> {
  const refused: { claim: ToldClaim; why: string }[] = [];
  // The restores run one after another, as an operator would run them.
  for (const claim of claims) {
    const asked = { eventId, ...claim };
    try {
      const { held, account } = await persist('restoring', async () => {
        const answer = await admin.admin.claim.restore.mutate(asked);
        // `unclear` means that something else is changing the event, so the call is repeated.
        if (answer.before === 'unclear') throw new Error(answer.account);
        return answer;
      });
      if (!held) refused.push({ claim, why: account });
    } catch (error) {
      refused.push({ claim, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return refused;
}

/** Repeats a call until it succeeds. */
export async function persist<T>(what: string, call: () => Promise<T>): Promise<T> {
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
