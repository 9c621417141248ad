import { say } from '../../messages/message.ts';
import type { Claim } from '../../claims/claim.ts';
import type { StrategyName } from '../../events/event.ts';
import type { Session } from '../../mysql/sessions.ts';
import { Fault, asUnavailable } from '../../runtime/fault.ts';
import { createProgress } from '../../runtime/progress.ts';
import type { Stores } from '../../stores/stores.ts';
import { toClaim, type GateSession } from '../gated/gate-sessions.ts';
import { insertUnit, type InsertedUnit } from './unit-rows.ts';
import { returnUnits, type Attempt, type StoredUnit } from './unit-scripts.ts';
import { createUnitSettler, type UnitSettler } from './unit-settler.ts';

/**
 * If an insert has not started this long after its unit was requested, the insert is not sent. Otherwise it could
 * arrive after the attempt's deadline (`attemptMs`), when other processes may return the unit. If an insert still
 * arrives that late, MySQL's unique keys decide.
 */
const insertWithinMs = 2_000;

/**
 * What became of a unit. `lost`: another user's claim in MySQL has the unit's number, and this user has no claim, so
 * the user may ask again.
 */
export type Written = { kind: 'issued'; claim: Claim; replayed: boolean } | { kind: 'lost' };

export type UnitWriter = {
  /** How many more units can be written now. */
  readonly free: number;
  /** Whether MySQL has not answered for `ms`, or did not answer when it was last asked. */
  silentFor(ms: number): boolean;
  /**
   * Writes a unit to MySQL and settles it, or returns it if MySQL certainly did not store it. Throws if it is unknown
   * whether MySQL stored it; the sweep finds out after the attempt's deadline. A unit that this process is already
   * writing is not written again.
   */
  write(session: GateSession, unit: Attempt, askedAtMs: number): Promise<Written>;
};

/**
 * A unit that this process is writing. A call that continues the attempt replaces `unit` with one that has a later
 * deadline.
 */
type Writing = { session: GateSession; unit: Attempt; written: Promise<Written> };

export type UnitWriterOptions = {
  eventId: string;
  strategy: StrategyName;
  /** The most units that are written at once. */
  slotsMax: number;
  /** Called when another unit can be written, and when one was settled or returned. */
  onProgress: () => void;
};

/** Writes the units of one event in one process. */
export const createUnitWriter = (
  stores: Pick<Stores, 'sessions' | 'redis' | 'log'>,
  options: UnitWriterOptions,
): UnitWriter => new MySqlUnitWriter(stores, options);

class MySqlUnitWriter implements UnitWriter {
  readonly #stores: Pick<Stores, 'sessions' | 'redis' | 'log'>;
  readonly #options: UnitWriterOptions;
  readonly #settle: UnitSettler;
  /** The units that are being written, by round, number and user. */
  readonly #writing = new Map<string, Writing>();
  readonly #inserts = createProgress();
  #inserting = 0;
  /** How many units may be inserted at once; 1 while MySQL does not answer. */
  #slots: number;

  constructor(stores: Pick<Stores, 'sessions' | 'redis' | 'log'>, options: UnitWriterOptions) {
    this.#stores = stores;
    this.#options = options;
    this.#settle = createUnitSettler(stores, options);
    this.#slots = options.slotsMax;
  }

  get free(): number {
    return Math.max(0, this.#slots - this.#inserting);
  }

  silentFor(ms: number): boolean {
    return this.#slots < this.#options.slotsMax || this.#inserts.stuckFor(ms);
  }

  write(session: GateSession, unit: Attempt, askedAtMs: number): Promise<Written> {
    const under = this.#writing.get(placeOf(session, unit));
    if (under !== undefined) {
      under.unit = unit;
      return under.written.then((written) => (written.kind === 'issued' ? { ...written, replayed: true } : written));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    const begun: Writing = { session, unit, written: promise };
    this.#writing.set(placeOf(session, unit), begun);
    this.#writeUnit(begun, askedAtMs)
      .finally(() => {
        this.#forget(begun);
        this.#options.onProgress();
      })
      .then(resolve, reject);
    return promise;
  }

  async #writeUnit(begun: Writing, askedAtMs: number): Promise<Written> {
    const { session, unit } = begun;
    const own: StoredUnit = { serial: unit.number, userId: unit.userId, claimedAtMs: unit.claimedAtMs };
    const inserted = await this.#insert(begun, own, askedAtMs + insertWithinMs);
    const rows = inserted.kind === 'stored' ? [own] : inserted.rows;
    const settled = await Promise.all(rows.map((row) => this.#settle(session, row)));
    if (!rows.some(({ serial }) => serial === own.serial)) await this.#giveBack(begun);
    const at = rows.findIndex(({ userId }) => userId === own.userId);
    const mine = rows[at];
    if (mine !== undefined) {
      return { kind: 'issued', claim: toClaim(session, mine.userId, mine), replayed: settled[at] !== 'settled' };
    }
    if (rows.length > 0) return { kind: 'lost' };
    this.#stores.log.warn(
      { event: 'unit_refused', eventId: this.#options.eventId, number: own.serial },
      'MySQL refused a unit that conflicts with no claim: its round no longer has that serial',
    );
    throw new Fault('unavailable', say('claim_not_stored'));
  }

  /**
   * Inserts the claim; throws if that fails. If MySQL certainly has not stored the claim, also returns the unit. A unit
   * whose claim MySQL may have stored is left to the sweep.
   */
  async #insert(begun: Writing, own: StoredUnit, insertByMs: number): Promise<InsertedUnit> {
    const { session } = begun;
    const { eventId, slotsMax, onProgress } = this.#options;
    let sent = false;
    this.#inserting += 1;
    try {
      const { code } = toClaim(session, own.userId, own);
      const store = (mysql: Session): Promise<InsertedUnit> => {
        if (performance.now() > insertByMs) {
          throw new Fault('busy', say('no_time_to_store'));
        }
        sent = true;
        return insertUnit(mysql, { ...own, eventId, round: session.round, code });
      };
      const inserted = await this.#inserts.follow(this.#stores.sessions.use(store, { owner: eventId }));
      this.#slots = slotsMax;
      return inserted;
    } catch (err) {
      const unavailable = err instanceof Fault && err.code === 'unavailable';
      // While MySQL does not answer, tries only one unit at a time, so that few units are held up until MySQL is back.
      if (unavailable) this.#slots = 1;
      if (!sent || !unavailable) await this.#giveBack(begun);
      if (!(err instanceof Fault)) {
        this.#stores.log.error({ event: 'unit_failed', eventId, number: own.serial, err }, 'MySQL refused a unit');
      }
      throw asUnavailable(err, say('claim_not_stored'));
    } finally {
      this.#inserting -= 1;
      onProgress();
    }
  }

  /**
   * Returns the unit. Forgets the write first: once the unit is returned, Redis may give its number to any user as a
   * new attempt. Never throws: if Redis does not answer, the sweep returns the unit.
   */
  async #giveBack(begun: Writing): Promise<void> {
    this.#forget(begun);
    const { session, unit } = begun;
    const { redis, log } = this.#stores;
    const { eventId, strategy } = this.#options;
    await returnUnits(redis.of(eventId).client, session.keys, { round: session.round, strategy }, [unit]).catch(
      (err: unknown) =>
        log.warn(
          { event: 'unit_not_returned', eventId, number: unit.number, err },
          'a unit could not be returned; the sweep returns it',
        ),
    );
  }

  #forget(begun: Writing): void {
    const place = placeOf(begun.session, begun.unit);
    if (this.#writing.get(place) === begun) this.#writing.delete(place);
  }
}

const placeOf = ({ round }: GateSession, { number, userId }: Attempt): string => `${round}/${number}/${userId}`;
