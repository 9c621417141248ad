import { setImmediate as nextTurn } from 'node:timers/promises';
import { say } from '../../messages/message.ts';
import { openCoder } from '../../claims/code.ts';
import { storedClaimOf } from '../../claims/stored-claim.ts';
import { findEvent } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { noEvent } from '../../events/no-event.ts';
import { eventPhase } from '../../events/phase.ts';
import { createFairPermits } from '../../mysql/fair-permits.ts';
import { isDeadlock, mysqlErrno } from '../../mysql/mysql-error.ts';
import { Fault } from '../../runtime/fault.ts';
import { createProgress, silentAfterMs } from '../../runtime/progress.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimAnswer, ClaimStrategy } from '../claim-strategy.ts';
import type { Guard, Turn } from './guard.ts';
import { lockBusy } from './lock-busy.ts';
import { insertClaim, lockRound, lookAtRound, type RoundLook } from './round-look.ts';
import { seedRows } from './seed-rows.ts';

/**
 * A claim is decided again if another claim's row was in its way. If this many attempts do not settle it, the guard
 * does not work.
 */
const attemptsMax = 4;

/**
 * At most this many claims of an event are looked up or wait for the guard in one process. The others wait here, first
 * come, first served. If all were looked up first, most look-ups would be for claims that then time out, and MySQL
 * would do that work at the expense of the claims being served: with a row lock, 10,000 users at once then got 240
 * coupons/s.
 */
const placesMax = 8;
/** A claim with a place is served in some tens of ms. It gets at least this long, even if its place came late. */
const servedWithinMs = 300;

/**
 * Decides claims in a MySQL transaction, by its rows and its clock; `guard` keeps claims of one event apart. There is
 * no counter and no gate: the highest serial is the number issued.
 *
 * A claim that is refused or replayed takes one statement and waits for no lock, because what it sees is committed. Any
 * other claim takes five more, one after the other: BEGIN, the round's row (locked), the look-up again, INSERT, COMMIT.
 * The look-up is repeated after the lock because MySQL's clock and a statement's snapshot are those of the statement's
 * beginning.
 *
 * The unique keys of `claims` are the fence: if a guard lets two claims in at once, the second one can only fail, and
 * is decided again. The row names the event's strategy, and only that strategy decides, so all processes that decide
 * the event use the same guard. If MySQL does not answer a COMMIT, the outcome is unknown: the call throws
 * `unavailable`, and the same call again finds the outcome.
 */
export function createMySqlDecided(stores: Stores, strategy: StrategyName, guard: Guard): ClaimStrategy {
  const { db, sessions, claimWaitMs } = stores;
  const places = createFairPermits(Infinity, placesMax);
  /**
   * Follows the claims of all events: if only one event's row is locked, that event is busy, and MySQL still answers.
   */
  const progress = createProgress();

  return {
    claim,
    find: async (eventId, userId) => {
      const event = await findEvent(db, eventId);
      if (event === null) throw noEvent(eventId);
      // If a different strategy decides the event, the claim may still be on its way to MySQL.
      if (event.strategy !== strategy) return { status: 'elsewhere', strategy: event.strategy };
      return storedClaimOf(db, event, userId);
    },
  };

  async function claim(eventId: string, userId: string): Promise<ClaimAnswer> {
    const waitUntilMs = performance.now() + claimWaitMs;
    if (!(await places.take(claimWaitMs, eventId))) {
      // Lets this process handle the replies that arrived while it was busy.
      await nextTurn();
      throw progress.stuckFor(silentAfterMs(claimWaitMs)) ? unanswered() : lockBusy(eventId);
    }
    try {
      const servedUntilMs = Math.max(waitUntilMs, performance.now() + servedWithinMs);
      return await progress.follow(claimInPlace(eventId, userId, servedUntilMs));
    } finally {
      places.giveBack(eventId);
    }
  }

  async function claimInPlace(eventId: string, userId: string, waitUntilMs: number): Promise<ClaimAnswer> {
    const waitMs = () => Math.max(0, waitUntilMs - performance.now());
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const look = await sessions.use((session) => lookAtRound(session, eventId, userId), {
        ...{ waitMs: waitMs(), owner: eventId },
      });
      if (look === null) throw noEvent(eventId);
      const outcome = outcomeOf(look, strategy);
      if (outcome !== null) return outcome;
      if (!look.seeded) {
        await seedRows(stores, { eventId, round: look.round, strategy });
        continue;
      }
      const wanted = { eventId, userId, round: look.round };
      const by = { strategy, rowLock: guard.rowLock };
      const decided = await guard.alone(eventId, (turn) => decide(by, turn, wanted), waitMs());
      if (decided !== null) return decided;
    }
    throw new Fault('busy', say('others_quicker', { attempts: attemptsMax }));
  }
}

/** Decides a claim in its turn; null if it must be decided again. */
async function decide(
  { strategy, rowLock }: { strategy: StrategyName; rowLock: Guard['rowLock'] },
  { session, stillMine }: Turn,
  { eventId, userId, round }: { eventId: string; userId: string; round: number },
): Promise<ClaimAnswer | null> {
  try {
    return await session.transaction(async () => {
      await lockRound(session, eventId, round, rowLock);
      const look = await lookAtRound(session, eventId, userId);
      if (look === null || look.round !== round) return null;
      const outcome = outcomeOf(look, strategy);
      if (outcome !== null) return outcome;
      const serial = look.issued + 1;
      const code = openCoder(look.codeKey)(serial, userId);
      const claimedAtMs = look.nowMs;
      await insertClaim(session, { eventId, round, serial, userId, code, claimedAtMs });
      if (!stillMine()) throw new Fault('busy', say('lock_expired'));
      return { status: 'issued', serial, code, claimedAtMs, round, replayed: false };
    });
  } catch (err) {
    const errno = mysqlErrno(err);
    if (errno !== undefined && (errno === 1062 || isDeadlock(errno))) return null;
    throw err;
  }
}

const unanswered = (): Fault => new Fault('unavailable', say('claims_before_stuck'));

/** The answer that a look-up alone can give; null if `strategy` can give the user a claim. */
function outcomeOf(look: RoundLook, strategy: StrategyName): ClaimAnswer | null {
  // Until it is seeded, an event may get a different strategy.
  if (look.strategy !== strategy) return { status: 'elsewhere', strategy: look.strategy };
  const { own, round, nowMs, opensAtMs } = look;
  if (own !== null) return { status: 'issued', ...own, round, replayed: true };
  const phase = eventPhase(look, nowMs);
  switch (phase) {
    case 'open':
      return null;
    case 'scheduled':
      return { status: 'not_open', opensAtMs, serverTimeMs: nowMs };
    case 'closed':
    case 'paused':
    case 'sold_out':
      return { status: phase };
  }
}
