import { expect } from 'vitest';
import { listClaims, type ClaimRow } from '../../../core/claims/claim-rows.ts';
import type { ClaimOutcome } from '../../../core/claims/claim.ts';
import { openCoder } from '../../../core/claims/code.ts';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { findRound } from '../../../core/events/event-rows.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import type { Reconciled } from '../../../core/reconcile/report.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { tester, type Lab } from '../../support/lab.ts';

/** A sale of `stock` coupons with ten stored claims, in order: user-1 has serial 1, and so on. */
export async function tenClaims(lab: Lab, strategy: StrategyName, stock = 20) {
  const event = await lab.createEvent({ strategy, stock });
  const { eventId, round } = event;
  await claimInOrder(lab, event);
  const { stores } = lab.first;
  await drainOutbox(stores, eventId, round);
  const reconcile = (repair = false): Promise<Reconciled> => lab.first.admin.reconcile({ eventId, repair }, tester);
  return {
    eventId,
    keys: roundKeys(eventId, round),
    redis: stores.redis.system.client,
    db: stores.db,
    rows: (): Promise<ClaimRow[]> => listClaims(stores.db, { eventId, round, limit: 1_000 }),
    plantRow: async (serial: number, userId: string) => {
      const row = await findRound(stores.db, eventId, round);
      const code = openCoder(row?.roundRow.codeKey ?? Buffer.alloc(1))(serial, userId);
      const times = { claimedAt: new Date(lab.first.clock.nowMs()), persistedAt: new Date() };
      await stores.db.claim.create({ data: { eventId, round, serial, userId, code, ...times } });
    },
    deleteRow: (serial: number) => stores.db.claim.deleteMany({ where: { eventId, round, serial } }),
    reconcile,
    found: async (repair = false): Promise<Record<string, number>> => kindsOf(await reconcile(repair)),
  };
}

/**
 * Gives user-1 serial 1, and so on. `redis-stream` decides simultaneous calls of one process in one batch and in order;
 * the other strategies need one call after another.
 */
async function claimInOrder(
  lab: Lab,
  { eventId, strategy }: { eventId: string; strategy: StrategyName },
): Promise<void> {
  const userIds = Array.from({ length: 10 }, (_, i) => `user-${i + 1}`);
  const outcomes: ClaimOutcome[] = [];
  if (strategy === 'redis-stream' && lab.platforms.length === 1) outcomes.push(...(await lab.race(eventId, userIds)));
  else for (const userId of userIds) outcomes.push(await lab.claim(eventId, userId));
  outcomes.forEach((outcome, i) => expect(outcome).toMatchObject({ status: 'issued', serial: i + 1 }));
}

export type Sale = Awaited<ReturnType<typeof tenClaims>>;

export const kindsOf = ({ findings }: Reconciled): Record<string, number> =>
  Object.fromEntries(findings.map(({ kind, count }) => [kind, count]));
