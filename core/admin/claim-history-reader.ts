import { findFaults, type FaultRow } from '../claims/claim-faults.ts';
import { explainClaim, type ClaimFacts, type ClaimHistory, type SetAside } from '../claims/claim-history.ts';
import { findClaim, findClaimByCode, findClaimBySerial, listUserClaims } from '../claims/claim-rows.ts';
import { openCoder, readCode, type Coder } from '../claims/code.ts';
import type { UndecidedNumber } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { countReserved } from '../events/reserved-serials.ts';
import { findWinnerOf } from '../gate/winner-pages.ts';
import { agrees, lookAgain } from '../reconcile/claim-case.ts';
import { lookForDoubt } from '../reconcile/round-doubt.ts';
import { roundKeys } from '../redis/keys.ts';
import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimQuery } from './claim-queries.ts';

/** Tells what became of one claim of a round, as both stores know it. Throws where MySQL does not answer. */
export type ClaimHistoryReader = (event: EventRow, query: ClaimQuery) => Promise<ClaimHistory>;

/** As many claims of one user are looked at. */
export const claimsOfUserMax = 1_000;

/** Looks a claim up in both stores. Where Redis does not answer, the story says so, and never that there is no claim. */
export function createClaimHistoryReader(stores: Stores): ClaimHistoryReader {
  const { db, clock, log } = stores;

  return async (event, query) => {
    const { eventId, roundRow, currentRound } = event;
    const { round } = roundRow;
    const coder = openCoder(roundRow.codeKey);
    const engine = engineOf(event.strategy);
    const outOfRedis = engine.outOfRedis(event);
    const facts: ClaimFacts = {
      ...{ eventId, round, claim: null, persistedAtMs: null, setAside: null, otherRounds: [] },
      ...{ inRedis: outOfRedis ?? 'absent', inOutbox: false, inMySql: 'absent', agree: false, deciding: false },
      ...{ nowMs: clock.nowMs(), ending: keptOf(event, query) ?? endingOf(event, clock.nowMs()) },
    };
    // Before all else: what is not noted here any more is in MySQL, or came back, by the time that it is looked for there.
    const units = outOfRedis === null ? await engine.undecided(stores, event) : [];
    const owner = await userOf(event, query, { coder, inRedis: outOfRedis === null, units });
    if (owner === 'unreachable') return explainClaim({ ...facts, inRedis: 'unreachable', inOutbox: null });
    if (owner === null) return explainClaim({ ...facts, ...(await doubtOf(event, facts.inRedis)) });
    const { userId } = owner;
    const [fault] = await findFaults(db, { eventId, round, userId });
    const rows = await listUserClaims(db, { userId, eventId, limit: claimsOfUserMax });
    const mine = {
      ...facts,
      otherRounds: rows.map((row) => row.round).filter((other) => other !== round),
      setAside: fault === undefined ? null : setAsideOf(fault),
    };
    // A round that the event has left is looked at as if it were in it.
    const judged = { stores, event: { ...event, currentRound: round }, coder };
    const look = (inRedis: boolean) => lookAgain(judged, [{ userId, outbox: [] }], inRedis);
    let inRedis: ClaimFacts['inRedis'] = outOfRedis ?? 'absent';
    let looked;
    try {
      looked = await look(outOfRedis === null);
    } catch (err) {
      // Throws where it is MySQL that does not answer.
      await mustFind(stores, eventId);
      logHalfSeen(event, err);
      inRedis = 'unreachable';
      looked = await look(false);
    }
    const [seen] = looked.cases;
    if (seen === undefined) throw new Error(`A look at a user of ${eventId}/${round} had no answer.`);
    const { winner, outbox, stored } = seen;
    if (winner !== null) inRedis = 'winner';
    const promised = fault?.serial != null && fault.claimedAtMs !== null ? fault : null;
    const aside = promised && {
      serial: promised.serial ?? 0,
      userId,
      code: null,
      claimedAtMs: promised.claimedAtMs ?? 0,
    };
    const known = stored ?? winner ?? outbox[0] ?? aside;
    const persisted = stored === null ? null : await findClaim(db, eventId, round, userId);
    // What is left of a past round may have been taken out already.
    const whole = inRedis !== 'unreachable' && outOfRedis === null && round === currentRound;
    return explainClaim({
      ...mine,
      claim: known && { ...known, code: known.code ?? coder(known.serial, known.userId) },
      persistedAtMs: persisted?.persistedAtMs ?? null,
      deciding: units.some((unit) => unit.userId === userId),
      ...{ inRedis, inOutbox: inRedis === 'unreachable' ? null : outbox.length > 0 },
      ...(known === null && (await doubtOf(event, inRedis))),
      inMySql: stored === null ? 'absent' : 'stored',
      agree: agrees(seen, coder, whole),
    });
  };

  /** What is to be told of Redis where it has no such claim: it has, perhaps, lost it. */
  async function doubtOf(event: EventRow, inRedis: ClaimFacts['inRedis']): Promise<Partial<ClaimFacts>> {
    const { eventId, currentRound, roundRow } = event;
    if (inRedis !== 'absent' || roundRow.round !== currentRound) return {};
    try {
      const { doubt } = await lookForDoubt(stores, event);
      return doubt === null ? {} : { inRedis: 'lost', inOutbox: null };
    } catch (err) {
      await mustFind(stores, eventId);
      logHalfSeen(event, err);
      return { inRedis: 'unreachable', inOutbox: null };
    }
  }

  /** Whose claim it is, where either store tells; `unreachable` when MySQL does not, and Redis could not be asked. */
  async function userOf(
    event: EventRow,
    query: ClaimQuery,
    { coder, inRedis, units }: { coder: Coder; inRedis: boolean; units: readonly UndecidedNumber[] },
  ): Promise<{ userId: string } | 'unreachable' | null> {
    if ('userId' in query) return { userId: query.userId };
    const { eventId, roundRow } = event;
    const { round } = roundRow;
    const wanted = 'serial' in query ? { serial: query.serial } : { code: mustReadCode(query.code) };
    const row =
      'serial' in wanted
        ? await findClaimBySerial(db, { eventId, round, serial: wanted.serial })
        : await findClaimByCode(db, wanted.code);
    if (row !== null && row.eventId === eventId && row.round === round) return { userId: row.userId };
    const isWanted = (serial: number, userId: string): boolean =>
      'serial' in wanted ? serial === wanted.serial : coder(serial, userId) === wanted.code;
    if (inRedis) {
      try {
        const { winners } = roundKeys(eventId, round);
        const winner = await findWinnerOf(stores.redis, winners, ({ serial, userId }) => isWanted(serial, userId));
        if (winner !== null) return { userId: winner.userId };
      } catch (err) {
        logHalfSeen(event, err);
        return 'unreachable';
      }
    }
    const unit = units.find(({ number, userId }) => isWanted(number, userId));
    if (unit !== undefined) return { userId: unit.userId };
    const [fault] = await findFaults(db, { eventId, round, ...wanted });
    return fault === undefined ? null : { userId: fault.userId };
  }

  function logHalfSeen({ eventId, roundRow: { round } }: EventRow, err: unknown): void {
    log.warn({ event: 'claim_half_seen', eventId, round, err }, 'Redis did not tell of a claim that was asked about');
  }
}

const setAsideOf = ({ reason, detail, createdAtMs, settled }: FaultRow): SetAside => ({
  ...{ reason, detail, atMs: createdAtMs, settled },
});

/** Reads a code as people write it. Throws `bad_request`. */
export function mustReadCode(text: string): string {
  const code = readCode(text);
  if (code !== null) return code;
  throw new Fault('bad_request', 'That is not a code.', { issues: [{ path: ['code'], ...say('code') }] });
}

/** Why nobody has a serial that an operator keeps; null for any other. */
function keptOf({ eventId, roundRow: { reserved } }: EventRow, query: ClaimQuery): string | null {
  if (!('serial' in query) || countReserved(reserved, { from: query.serial, to: query.serial }) === 0) return null;
  return `The serial is kept for whoever can prove it: \`claims restore ${eventId}\` gives it to them.`;
}

/** Why somebody may have none: what became of the round. */
function endingOf({ roundRow }: EventRow, nowMs: number): string {
  const { soldOutAtMs, closedAtMs, closesAtMs, opensAtMs, paused } = roundRow;
  const at = (ms: number): string => new Date(ms).toISOString();
  if (nowMs < opensAtMs) return `The round opens at ${at(opensAtMs)}.`;
  if (soldOutAtMs !== null) return `The round sold out at ${at(soldOutAtMs)}.`;
  if (closedAtMs !== null) return `The round was closed at ${at(closedAtMs)}.`;
  if (closesAtMs !== null && nowMs >= closesAtMs) return `The round closed at ${at(closesAtMs)}.`;
  return paused ? 'The round is paused.' : 'The round is open.';
}
