import { countClaims } from '../../core/claims/claim-rows.ts';
import { readGate } from '../../core/gate/gate.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';
import type { BenchSystem } from './bench-system.ts';

export type Agreement = { drainedAtMs: number; issued: number; persisted: number };

const limitMs = 30_000;
/**
 * The pause between two counts. The pause is not shorter, because each count costs MySQL CPU time, which is being
 * measured.
 */
const lookEveryMs = 20;

/**
 * Waits until MySQL has as many claims as the gate counts, including claims that were in flight when the load ended.
 */
export async function awaitAgreement(
  { redis, db }: BenchSystem,
  event: { id: string; round: number },
): Promise<Agreement> {
  let last = { issued: 0, persisted: 0 };
  return waitUntil(
    async () => {
      const drained = await awaitPersisted(redis, event.id, event.round, new AbortController().signal);
      if (drained.kind === 'stuck') throw new Error(`the outbox does not drain; ${drained.left} entries are left`);
      const persisted = await countClaims(db, event.id, event.round);
      const issued = (await readGate(redis, event.id))?.issued ?? persisted;
      last = { issued, persisted };
      return issued === persisted && { drainedAtMs: drained.atMs, issued, persisted };
    },
    {
      limitMs,
      everyMs: lookEveryMs,
      late: () => `${last.issued} claims issued, but ${last.persisted} in MySQL`,
    },
  );
}
