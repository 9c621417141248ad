import { findFaults, type FaultRow } from '../claims/claim-faults.ts';
import { explainClaim, type ClaimFacts, type ClaimHistory, type SetAside } from '../claims/claim-history.ts';
import { findClaim, findClaimByCode, findClaimBySerial, listUserClaims } from '../claims/claim-rows.ts';
import { openCoder, readCode, type Coder } from '../claims/code.ts';
import type { KnownClaim } from '../compare/compare-claims.ts';
import type { UndecidedNumber } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { countReserved } from '../events/reserved-serials.ts';
import { findWinnerOf } from '../gate/winner-pages.ts';
import { say } from '../messages/message.ts';
import { agrees, lookAgain, type ClaimCase } from '../reconcile/claim-case.ts';
import { lookForDoubt } from '../reconcile/round-doubt.ts';
import { roundKeys } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimQuery } from './claim-queries.ts';

export const claimsOfUserMax = 1_000;

/**
 * What happened to one claim of a round, according to both stores. If Redis does not answer, the history says so,
 * instead of reporting that there is no claim. Throws if MySQL does not answer.
 */
export async function readClaimHistory(stores: Stores, event: EventRow, query: ClaimQuery): Promise<ClaimHistory> {
  const { eventId, roundRow } = event;
  const { round } = roundRow;
  const nowMs = stores.clock.nowMs();
  const engine = engineOf(event.strategy);
  const outOfRedis = engine.outOfRedis(event);
  const facts: ClaimFacts = {
    ...{ eventId, round, claim: null, persistedAtMs: null, setAside: null, otherRounds: [] },
    ...{ inRedis: outOfRedis ?? 'absent', inOutbox: false, inMySql: 'absent', agree: false, deciding: false },
    ...{ nowMs, ending: keptOf(event, query) ?? endingOf(event, nowMs) },
  };
  // Read before everything else. A number that is no longer undecided is in MySQL or was returned, and the later reads
  // see that.
  const units = outOfRedis === null ? await engine.undecided(stores, event) : [];
  const known: KnownOfRound = { coder: openCoder(roundRow.codeKey), inRedis: outOfRedis === null, units };
  const owner = await userOf(stores, event, query, known);
  if (owner === 'unreachable') return explainClaim({ ...facts, inRedis: 'unreachable', inOutbox: null });
  if (owner === null) return explainClaim({ ...facts, ...(await doubtOf(stores, event, facts.inRedis)) });
  return explainClaim(await factsOfUser(stores, event, owner.userId, facts, known));
}

/** What the reads need to know about the round. */
type KnownOfRound = { coder: Coder; inRedis: boolean; units: readonly UndecidedNumber[] };

/** Completes the facts with what both stores know about a user's claim. */
async function factsOfUser(
  stores: Stores,
  event: EventRow,
  userId: string,
  facts: ClaimFacts,
  { coder, inRedis: asksRedis, units }: KnownOfRound,
): Promise<ClaimFacts> {
  const { db } = stores;
  const { eventId, currentRound, roundRow } = event;
  const { round } = roundRow;
  const [fault] = await findFaults(db, { eventId, round, userId });
  const rows = await listUserClaims(db, { userId, eventId, limit: claimsOfUserMax });
  const { seen, reached } = await lookAtUser(stores, event, userId, { coder, asksRedis });
  const { winner, outbox, stored } = seen;
  const unseen = reached ? facts.inRedis : 'unreachable';
  const inRedis = winner === null ? unseen : 'winner';
  const claim = stored ?? winner ?? outbox[0] ?? promisedBy(fault, userId);
  const persisted = stored === null ? null : await findClaim(db, eventId, round, userId);
  // The stores must agree completely only about the current round, because a past round may be partly removed from
  // Redis.
  const whole = inRedis !== 'unreachable' && asksRedis && round === currentRound;
  return {
    ...facts,
    otherRounds: rows.map((row) => row.round).filter((other) => other !== round),
    setAside: fault === undefined ? null : setAsideOf(fault),
    claim: claim && { ...claim, code: claim.code ?? coder(claim.serial, claim.userId) },
    persistedAtMs: persisted?.persistedAtMs ?? null,
    deciding: units.some((unit) => unit.userId === userId),
    ...{ inRedis, inOutbox: inRedis === 'unreachable' ? null : outbox.length > 0 },
    ...(claim === null && (await doubtOf(stores, event, inRedis))),
    inMySql: stored === null ? 'absent' : 'stored',
    agree: agrees(seen, coder, whole),
  };
}

/** Looks up a user in both stores. If Redis does not answer, looks in MySQL alone, and `reached` is false. */
async function lookAtUser(
  stores: Stores,
  event: EventRow,
  userId: string,
  { coder, asksRedis }: { coder: Coder; asksRedis: boolean },
): Promise<{ seen: ClaimCase; reached: boolean }> {
  const { eventId, roundRow } = event;
  // `lookAgain` reads the event's current round, so a past round is passed to it as the current one.
  const judged = { stores, event: { ...event, currentRound: roundRow.round }, coder };
  const look = async (inRedis: boolean): Promise<ClaimCase> => {
    const [seen] = (await lookAgain(judged, [{ userId, outbox: [] }], inRedis)).cases;
    if (seen === undefined) throw new Error(`The look-up of a user in ${eventId}/${roundRow.round} returned nothing.`);
    return seen;
  };
  try {
    return { seen: await look(asksRedis), reached: true };
  } catch (err) {
    // Throws if it was MySQL that failed.
    await mustFind(stores, eventId);
    logHalfSeen(stores, event, err);
    return { seen: await look(false), reached: false };
  }
}

/** If Redis has no such claim, says whether Redis may have lost it. */
async function doubtOf(stores: Stores, event: EventRow, inRedis: ClaimFacts['inRedis']): Promise<Partial<ClaimFacts>> {
  const { eventId, currentRound, roundRow } = event;
  if (inRedis !== 'absent' || roundRow.round !== currentRound) return {};
  try {
    const { doubt } = await lookForDoubt(stores, event);
    return doubt === null ? {} : { inRedis: 'lost', inOutbox: null };
  } catch (err) {
    await mustFind(stores, eventId);
    logHalfSeen(stores, event, err);
    return { inRedis: 'unreachable', inOutbox: null };
  }
}

/**
 * The user of the claim; null if neither store has the claim. `unreachable` if MySQL doesn't have the claim and Redis
 * did not answer.
 */
async function userOf(
  stores: Stores,
  event: EventRow,
  query: ClaimQuery,
  { coder, inRedis, units }: KnownOfRound,
): Promise<{ userId: string } | 'unreachable' | null> {
  if ('userId' in query) return { userId: query.userId };
  const { db } = stores;
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
      const winner = await findWinnerOf(stores.redis.of(eventId), winners, ({ serial, userId }) =>
        isWanted(serial, userId),
      );
      if (winner !== null) return { userId: winner.userId };
    } catch (err) {
      logHalfSeen(stores, event, err);
      return 'unreachable';
    }
  }
  const unit = units.find(({ number, userId }) => isWanted(number, userId));
  if (unit !== undefined) return { userId: unit.userId };
  const [fault] = await findFaults(db, { eventId, round, ...wanted });
  return fault === undefined ? null : { userId: fault.userId };
}

function logHalfSeen({ log }: Stores, { eventId, roundRow: { round } }: EventRow, err: unknown): void {
  log.warn(
    { event: 'claim_half_seen', eventId, round, err },
    'Redis did not answer a look-up of a claim, so only MySQL was asked',
  );
}

/** The claim of a fault; null if it has no serial or no time. */
function promisedBy(fault: FaultRow | undefined, userId: string): KnownClaim | null {
  if (fault?.serial == null || fault.claimedAtMs === null) return null;
  return { serial: fault.serial, userId, code: null, claimedAtMs: fault.claimedAtMs };
}

const setAsideOf = ({ reason, detail, createdAtMs, settled }: FaultRow): SetAside => ({
  ...{ reason, detail, atMs: createdAtMs, settled },
});

/** Reads a code as people type it. Throws `bad_request`. */
export function mustReadCode(text: string): string {
  const code = readCode(text);
  if (code !== null) return code;
  throw new Fault('bad_request', say('not_a_code'), { issues: [{ path: ['code'], ...say('code') }] });
}

/** Says that the serial is reserved; null if it is not. */
function keptOf({ eventId, roundRow: { reserved } }: EventRow, query: ClaimQuery): string | null {
  if (!('serial' in query) || countReserved(reserved, { from: query.serial, to: query.serial }) === 0) return null;
  return `The serial is reserved for a user who can prove it: \`claims restore ${eventId}\` gives it to them.`;
}

/** The state of the round, which may explain why a user has no claim. */
function endingOf({ roundRow }: EventRow, nowMs: number): string {
  const { soldOutAtMs, closedAtMs, closesAtMs, opensAtMs, paused } = roundRow;
  const at = (ms: number): string => new Date(ms).toISOString();
  if (nowMs < opensAtMs) return `The round opens at ${at(opensAtMs)}.`;
  if (soldOutAtMs !== null) return `The round sold out at ${at(soldOutAtMs)}.`;
  if (closedAtMs !== null) return `The round was closed at ${at(closedAtMs)}.`;
  if (closesAtMs !== null && nowMs >= closesAtMs) return `The round closed at ${at(closesAtMs)}.`;
  return paused ? 'The round is paused.' : 'The round is open.';
}
