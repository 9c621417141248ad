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
import { attributeNames, spanNames } from '../../tracing/names.ts';
import { traced } from '../../tracing/span.ts';
import type { ClaimAnswer, ClaimStrategy } from '../claim-strategy.ts';
import type { Guard, Turn } from './guard.ts';
import { lockBusy } from './lock-busy.ts';
import { insertClaim, lockRound, lookAtRound, type RoundLook } from './round-look.ts';
import { seedRows } from './seed-rows.ts';

/**
 * A claim is decided again if MySQL's unique keys refuse its row. If that happens this many times, the guard does not
 * work.
 */
const attemptsMax = 4;

/**
 * At most this many claims of an event are looked up, or wait for the guard, in one process; the others queue here. If
 * all were looked up first, MySQL would spend its time on look-ups for claims that time out: with a row lock, 10,000
 * users at once got only 240 coupons/s that way.
 */
const placesMax = 8;
/**
 * A claim that has one of these places is decided within a few tens of ms. The claim gets at least this much time, even
 * if it waited long for its place.
 */
const servedWithinMs = 300;

/**
 * Decides claims in MySQL transactions, by MySQL's clock; `guard` serializes the claims of one event. The highest
 * serial is the number of claims issued. A refusal or a replay takes one statement and no lock, because that statement
 * reads only committed rows. Any other claim takes five more statements: BEGIN, lock the round's row, look up again,
 * INSERT, COMMIT. The second look-up is needed because the clock and the snapshot of the first one are older than the
 * lock. If a guard lets two claims in at once, the unique keys of `claims` refuse the second one, which is then decided
 * again. Only the strategy that the row names decides, so all processes use the same guard for an event. If MySQL does
 * not answer a COMMIT, the outcome is unknown: the call throws `unavailable`, and the same call again finds the
 * outcome.
 */
export function createMySqlDecided(stores: Stores, strategy: StrategyName, guard: Guard): ClaimStrategy {
  const { db, sessions, claimWaitMs } = stores;
  const places = createFairPermits(Infinity, placesMax);
  /** Shared by all events: while one event's row is locked, other events show that MySQL still answers. */
  const progress = createProgress();

  return {
    claim,
    find: async (eventId, userId) => {
      const event = await findEvent(db, eventId);
      if (event === null) throw noEvent(eventId);
      // If the event uses a different strategy, the claim may still be on its way to MySQL.
      if (event.strategy !== strategy) return { status: 'elsewhere', strategy: event.strategy };
      return storedClaimOf(db, event, userId);
    },
  };

  async function claim(eventId: string, userId: string): Promise<ClaimAnswer> {
    const waitUntilMs = performance.now() + claimWaitMs;
    if (!(await places.take(claimWaitMs, eventId))) {
      // Lets this process handle replies that arrived while it was busy.
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
      const span = () => ({ attributes: { [attributeNames.eventId]: eventId, [attributeNames.strategy]: strategy } });
      const decided = await traced(spanNames.decide, span, () =>
        guard.alone(eventId, (turn) => decide(by, turn, wanted), waitMs()),
      );
      if (decided !== null) return decided;
    }
    throw new Fault('busy', say('others_quicker', { attempts: attemptsMax }));
  }
}

/** Null if the claim must be decided again. */
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
      const span = () => ({ attributes: { [attributeNames.serial]: serial } });
      await traced(spanNames.store, span, () =>
        insertClaim(session, { eventId, round, serial, userId, code, claimedAtMs }),
      );
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

/** The answer that a look-up alone can give; null if the user may get a claim. */
function outcomeOf(look: RoundLook, strategy: StrategyName): ClaimAnswer | null {
  // An event's strategy may change until the event is seeded.
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
