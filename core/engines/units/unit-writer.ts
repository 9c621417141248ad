import type { Claim } from '../../claims/claim.ts';
import type { StrategyName } from '../../events/event.ts';
import type { Session } from '../../mysql/sessions.ts';
import { Fault, asUnavailable } from '../../runtime/fault.ts';
import { createProgress } from '../../runtime/progress.ts';
import type { Stores } from '../../stores/stores.ts';
import { createClaimQueue, type ClaimQueue } from '../gated/claim-queue.ts';
import { toClaim, type GateSession } from '../gated/gate-sessions.ts';
import { insertUnit, type InsertedUnit } from './unit-rows.ts';
import {
  returnUnits,
  settleUnits,
  unitsPerCallMax,
  type Attempt,
  type SettleResult,
  type StoredUnit,
} from './unit-scripts.ts';

/**
 * An insert that has not begun this long after its unit was asked for does not begin any more: long before the attempt's
 * deadline (`attemptMs`), when others may judge it. Should one arrive later after all, MySQL's unique keys judge.
 */
const insertWithinMs = 2_000;

/** What became of a unit. `lost`: MySQL has its number for somebody else, and nothing for this user, who may ask again. */
export type Written = { kind: 'issued'; claim: Claim; replayed: boolean } | { kind: 'lost' };

export type UnitWriter = {
  /** How many units can be written now. */
  readonly free: number;
  /** Whether MySQL has not answered for `ms`, or did not when it was last asked. */
  silentFor(ms: number): boolean;
  /**
   * Writes a unit to MySQL and settles it, or returns it when MySQL can't have it. Throws when that is not known: the
   * sweep finds out after the attempt's deadline. A unit that is being written here already is not written again.
   */
  write(session: GateSession, unit: Attempt, askedAtMs: number): Promise<Written>;
};

/** A unit that is being written here. Who continues its attempt gives it a later deadline, so it is noted anew. */
type Writing = { session: GateSession; unit: Attempt; written: Promise<Written> };

/** `onProgress` is called when a unit can be written again, and when one was settled or returned. */
export function createUnitWriter(
  stores: Stores,
  {
    eventId,
    strategy,
    slotsMax,
    onProgress,
  }: { eventId: string; strategy: StrategyName; slotsMax: number; onProgress: () => void },
): UnitWriter {
  const { sessions, redis, log } = stores;
  const writing = new Map<string, Writing>();
  const inserts = createProgress();
  let inserting = 0;
  let slots = slotsMax;
  let settling: { round: number; queue: ClaimQueue<StoredUnit, SettleResult> } | undefined;

  return {
    get free() {
      return Math.max(0, slots - inserting);
    },
    silentFor: (ms) => slots < slotsMax || inserts.stuckFor(ms),
    write: (session, unit, askedAtMs) => {
      const under = writing.get(placeOf(session, unit));
      if (under !== undefined) {
        under.unit = unit;
        return under.written.then((written) => (written.kind === 'issued' ? { ...written, replayed: true } : written));
      }
      const { promise, resolve, reject } = Promise.withResolvers<Written>();
      const begun: Writing = { session, unit, written: promise };
      writing.set(placeOf(session, unit), begun);
      writeUnit(begun, askedAtMs)
        .finally(() => {
          forget(begun);
          onProgress();
        })
        .then(resolve, reject);
      return promise;
    },
  };

  async function writeUnit(begun: Writing, askedAtMs: number): Promise<Written> {
    const { session, unit } = begun;
    const own: StoredUnit = { serial: unit.number, userId: unit.userId, claimedAtMs: unit.claimedAtMs };
    const inserted = await insert(begun, own, askedAtMs + insertWithinMs);
    const rows = inserted.kind === 'stored' ? [own] : inserted.rows;
    const settled = await Promise.all(rows.map((row) => settle(session, row)));
    if (!rows.some(({ serial }) => serial === own.serial)) await giveBack(begun);
    const at = rows.findIndex(({ userId }) => userId === own.userId);
    const mine = rows[at];
    if (mine !== undefined) {
      return { kind: 'issued', claim: toClaim(session, mine.userId, mine), replayed: settled[at] !== 'settled' };
    }
    if (rows.length > 0) return { kind: 'lost' };
    log.warn(
      { event: 'unit_refused', eventId, number: own.serial },
      'MySQL refuses a unit that no claim stands in the way of: its round has no such serial any more',
    );
    throw new Fault('unavailable', 'MySQL did not take the claim: you have none yet. Try again shortly.');
  }

  /** Throws after it gave the unit back where MySQL surely has not stored it, and leaves it to the sweep where it may have. */
  async function insert(begun: Writing, own: StoredUnit, insertByMs: number): Promise<InsertedUnit> {
    const { session } = begun;
    let sent = false;
    inserting += 1;
    try {
      const { code } = toClaim(session, own.userId, own);
      const store = (mysql: Session): Promise<InsertedUnit> => {
        if (performance.now() > insertByMs) {
          throw new Fault('busy', 'There was no time left to store the claim: nothing was decided. Try again.');
        }
        sent = true;
        return insertUnit(mysql, { ...own, eventId, round: session.round, code });
      };
      const inserted = await inserts.follow(sessions.use(store, { owner: eventId }));
      slots = slotsMax;
      return inserted;
    } catch (err) {
      const unavailable = err instanceof Fault && err.code === 'unavailable';
      // While MySQL does not answer, one unit at a time tries it, so that few are kept from others until it is back.
      if (unavailable) slots = 1;
      if (!sent || !unavailable) await giveBack(begun);
      if (!(err instanceof Fault)) {
        log.error({ event: 'unit_failed', eventId, number: own.serial, err }, 'MySQL refused a unit');
      }
      throw asUnavailable(err, 'MySQL did not take the claim: you have none yet. Try again shortly.');
    } finally {
      inserting -= 1;
      onProgress();
    }
  }

  /**
   * Forgets it first: what Redis gives from then on is another attempt, of whoever gets it. Redis not answering is no
   * reason to fail: the sweep returns the unit.
   */
  async function giveBack(begun: Writing): Promise<void> {
    forget(begun);
    const { session, unit } = begun;
    await returnUnits(redis.client, session.keys, { round: session.round, strategy }, [unit]).catch((err: unknown) =>
      log.warn(
        { event: 'unit_not_returned', eventId, number: unit.number, err },
        'a unit could not be returned; the sweep returns it',
      ),
    );
  }

  function forget(begun: Writing): void {
    const place = placeOf(begun.session, begun.unit);
    if (writing.get(place) === begun) writing.delete(place);
  }

  /** Resolves to whether it was settled now. Settles many at once, as claims are decided. */
  function settle(session: GateSession, row: StoredUnit): Promise<SettleResult> {
    const { keys, round } = session;
    if (settling?.round !== round) {
      const queue = createClaimQueue<StoredUnit, SettleResult>(unitsPerCallMax, async (batch) => {
        try {
          const rows = batch.map(({ item }) => item);
          const settled = await settleUnits(redis.client, keys, { round, strategy }, rows);
          if (settled.kind !== 'settled') throw new Error(`The gate can't settle claims: ${settled.kind}.`);
          batch.forEach(({ item, resolve }, i) => {
            const result = settled.results[i] ?? 'contradicts';
            if (result === 'contradicts') {
              log.error(
                { event: 'unit_contradicts', eventId, serial: item.serial },
                'Redis and MySQL have different claims',
              );
            }
            resolve(result);
          });
        } catch (err) {
          const fault = asUnavailable(err, 'Your claim is stored, and Redis could not note it. Ask again, it is safe.');
          for (const { reject } of batch) reject(fault);
        }
        return null;
      });
      settling = { round, queue };
    }
    return settling.queue.push(row);
  }
}

const placeOf = ({ round }: GateSession, { number, userId }: Attempt): string => `${round}/${number}/${userId}`;
