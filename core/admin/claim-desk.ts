import { timingSafeEqual } from 'node:crypto';
import { auditExport } from '../audit-export.ts';
import { auditLookup } from '../audit-lookup.ts';
import {
  tellClaim,
  tellProof,
  tellRestored,
  type ClaimFacts,
  type ClaimRestored,
  type ClaimStory,
  type ProofStanding,
} from '../claim-story.ts';
import { openCoder, readCode, type Coder } from '../code.ts';
import { decidingStore, givesUnits } from '../event.ts';
import { Fault, asUnavailable } from '../fault.ts';
import { roundKeys } from '../keys.ts';
import { findFaults } from '../mysql/claim-faults.ts';
import { findClaim, findClaimByCode, findClaimBySerial, listClaims, listUserClaims } from '../mysql/claim-rows.ts';
import { findRound, listRoundNumbers, type EventRow } from '../mysql/event-rows.ts';
import type { Actor, AdminClaim, ClaimDesk, ClaimEvidence, ClaimQuery, ClaimsPageQuery } from '../platform.ts';
import { agrees, lookAgain } from '../reconcile/claim-case.ts';
import { mustFind } from '../reconcile/must-find.ts';
import { lookForDoubt } from '../reconcile/round-doubt.ts';
import { countReserved } from '../reserved-serials.ts';
import { readUnits, type Attempt } from '../redis/unit-scripts.ts';
import { findWinnerOf } from '../redis/winner-pages.ts';
import type { Stores } from '../stores.ts';
import { adminClaim } from './admin-view.ts';
import { checkClaimQuery, checkClaimsFind, checkClaimsPage, checkEvidence } from './check-input.ts';
import { putBackClaim } from './put-back-claim.ts';

const claimsOfUserMax = 1_000;

/** The functions behind both doors that look at people's claims. */
export function createClaimDesk(stores: Stores): ClaimDesk {
  const { db, clock, log } = stores;

  return {
    findClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsFind(query);
        const { userId, eventId = null } = query;
        await note(actor, { action: 'claim.find', eventId, round: null, subject: { userId } });
        const rows = await listUserClaims(db, { ...query, limit: claimsOfUserMax });
        return rows.map(adminClaim);
      }),
    listClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsPage(query);
        const { eventId, afterSerial = 0, limit } = query;
        const { currentRound } = await mustFind(stores, eventId);
        const { round = currentRound } = query;
        await note(actor, { action: 'claim.list', eventId, round, subject: { afterSerial, limit } });
        return pageOf({ ...query, round });
      }),
    exportClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsPage(query);
        const { eventId, afterSerial = 0, limit } = query;
        const { round } = (await roundAsked(query)).roundRow;
        const claims = await pageOf({ ...query, round });
        const lastSerial = claims.at(-1)?.serial ?? afterSerial;
        const page = { afterSerial, claims: claims.length, lastSerial, complete: claims.length < limit };
        await auditExport(db, { actor, eventId, round }, page, clock.nowMs());
        return { round, claims };
      }),
    showClaim: (query, actor) =>
      reachingMySql(async () => {
        checkClaimQuery(query);
        const event = await roundAsked(query);
        const { eventId, roundRow } = event;
        const { round } = roundRow;
        const noted = { action: 'claim.show', eventId, round } as const;
        if (!('code' in query)) {
          await note(actor, { ...noted, subject: subjectOf(query) });
          return storyOf(event, query);
        }
        // Whose claim that is, is known only now, and told only when it is noted.
        const story = await storyOf(event, query);
        await note(actor, { ...noted, subject: { by: 'code', serial: story.claim?.serial ?? null } });
        return story;
      }),
    verifyClaim: (evidence, actor) =>
      reachingMySql(async () => {
        checkEvidence(evidence);
        const { eventId, userId, serial } = evidence;
        await note(actor, {
          action: 'claim.verify',
          ...{ eventId, round: evidence.round ?? null, subject: { userId, serial } },
        });
        const event = await fittingRound(evidence);
        const { standing } = await standingOf(event, evidence);
        const round = event?.roundRow.round ?? null;
        return { eventId, round, genuine: event !== null, standing, account: tellProof(standing, evidence) };
      }),
    restoreClaim: (evidence, actor) =>
      reachingMySql(async () => {
        checkEvidence(evidence);
        const { eventId, userId, serial } = evidence;
        await note(actor, {
          action: 'claim.restore',
          ...{ eventId, round: evidence.round ?? null, subject: { userId, serial } },
        });
        return restore(evidence, actor);
      }),
  };

  async function restore(evidence: ClaimEvidence, actor: Actor): Promise<ClaimRestored> {
    const { eventId, userId, serial } = evidence;
    const event = await fittingRound(evidence);
    const { standing, mine } = await standingOf(event, evidence);
    const tell = (before: ProofStanding, { held, restored }: Pick<ClaimRestored, 'held' | 'restored'>) => ({
      ...{ eventId, round: event?.roundRow.round ?? null, genuine: event !== null, before, restored, held },
      account: tellRestored({ before, restored }, evidence),
    });
    if (event === null || mine === null) return tell(standing, { held: false, restored: false });
    if (standing !== 'held' && standing !== 'lost') return tell(standing, { held: false, restored: false });
    if (mine.state === 'persisted' || mine.state === 'accepted') return tell(standing, { held: true, restored: false });
    const code = openCoder(event.roundRow.codeKey)(serial, userId);
    const claim = { serial, userId, code, claimedAtMs: mine.claim?.claimedAtMs ?? null };
    if ((await putBackClaim(stores, event, claim, actor)) === 'put_back') {
      return tell(standing, { held: true, restored: true });
    }
    return tell('taken', { held: false, restored: false });
  }

  function note(actor: Actor, lookup: Omit<Parameters<typeof auditLookup>[1], 'actor'>): Promise<void> {
    return auditLookup(db, { ...lookup, actor }, clock.nowMs());
  }

  async function pageOf(query: ClaimsPageQuery & { round: number }): Promise<AdminClaim[]> {
    return (await listClaims(db, query)).map((row) => adminClaim(row));
  }

  async function mustFindRound(eventId: string, round: number): Promise<EventRow> {
    const event = await findRound(db, eventId, round);
    if (event !== null) return event;
    await mustFind(stores, eventId);
    throw new Fault('not_found', `Event ${eventId} has no round ${round}.`);
  }

  /** The round that a query is about: the one it names, the one in which its code was given out, or the current one. */
  async function roundAsked(query: ClaimQuery | ClaimsPageQuery): Promise<EventRow> {
    const { eventId, round } = query;
    if (round !== undefined) return mustFindRound(eventId, round);
    const row = 'code' in query ? await findClaimByCode(db, mustReadCode(query.code)) : null;
    return row?.eventId === eventId ? mustFindRound(eventId, row.round) : mustFind(stores, eventId);
  }

  async function storyOf(event: EventRow, query: ClaimQuery): Promise<ClaimStory> {
    const { eventId, roundRow, currentRound } = event;
    const { round } = roundRow;
    const coder = openCoder(roundRow.codeKey);
    const unused = decidingStore(event.strategy) === 'mysql' ? 'not_used' : null;
    const outOfRedis = unused ?? (roundRow.unlinkedAtMs === null ? null : 'retired');
    const facts: ClaimFacts = {
      ...{ eventId, round, claim: null, persistedAtMs: null, setAside: null, otherRounds: [] },
      ...{ inRedis: outOfRedis ?? 'absent', inOutbox: false, inMySql: 'absent', agree: false, deciding: false },
      ...{ nowMs: clock.nowMs(), ending: keptOf(event, query) ?? endingOf(event, clock.nowMs()) },
    };
    // Before all else: what is not noted here any more is in MySQL, or came back, by the time that it is looked for there.
    const units = outOfRedis === null && givesUnits(event.strategy) ? await unitsOf(event) : [];
    const owner = await userOf(event, query, { coder, inRedis: outOfRedis === null, units });
    if (owner === 'unreachable') return tellClaim({ ...facts, inRedis: 'unreachable', inOutbox: null });
    if (owner === null) return tellClaim({ ...facts, ...(await doubtOf(event, facts.inRedis)) });
    const { userId } = owner;
    const [fault] = await findFaults(db, { eventId, round, userId });
    const rows = await listUserClaims(db, { userId, eventId, limit: claimsOfUserMax });
    const mine = {
      ...facts,
      otherRounds: rows.map((row) => row.round).filter((other) => other !== round),
      setAside: fault === undefined ? null : { ...fault, atMs: fault.createdAtMs },
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
    return tellClaim({
      ...mine,
      claim: known && { ...known, code: known.code ?? coder(known.serial, known.userId) },
      persistedAtMs: persisted?.persistedAtMs ?? null,
      deciding: units.some((unit) => unit.userId === userId),
      ...{ inRedis, inOutbox: inRedis === 'unreachable' ? null : outbox.length > 0 },
      ...(known === null && (await doubtOf(event, inRedis))),
      inMySql: stored === null ? 'absent' : 'stored',
      agree: agrees(seen, coder, whole),
    });
  }

  /** The units that are being written to MySQL; none where Redis does not answer, which the looks after this one find too. */
  async function unitsOf({ eventId, roundRow: { round } }: EventRow): Promise<Attempt[]> {
    return readUnits(stores.redis.client, roundKeys(eventId, round)).then(
      ({ attempts }) => attempts,
      () => [],
    );
  }

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
    { coder, inRedis, units }: { coder: Coder; inRedis: boolean; units: readonly Attempt[] },
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
        const winner = await findWinnerOf(stores.redis.client, winners, ({ serial, userId }) =>
          isWanted(serial, userId),
        );
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

  /** The round whose key makes the code of the evidence, the newest first; null: no round's does. */
  async function fittingRound({ eventId, round, userId, serial, code }: Parameters<ClaimDesk['verifyClaim']>[0]) {
    const shown = mustReadCode(code);
    const rounds = round === undefined ? await roundsOf(eventId) : [round];
    for (const candidate of rounds) {
      const event = await mustFindRound(eventId, candidate);
      const right = openCoder(event.roundRow.codeKey)(serial, userId);
      if (timingSafeEqual(Buffer.from(right), Buffer.from(shown))) return event;
    }
    return null;
  }

  async function roundsOf(eventId: string): Promise<number[]> {
    await mustFind(stores, eventId);
    return listRoundNumbers(db, eventId);
  }

  async function standingOf(
    event: EventRow | null,
    { userId, serial }: { userId: string; serial: number },
  ): Promise<{ standing: ProofStanding; mine: ClaimStory | null }> {
    if (event === null) return { standing: 'forged', mine: null };
    const { eventId } = event;
    const mine = await storyOf(event, { eventId, userId });
    if (mine.claim !== null) return { standing: mine.claim.serial === serial ? 'held' : 'moved', mine };
    const its = await storyOf(event, { eventId, serial });
    if (its.claim !== null && its.claim.userId !== userId) return { standing: 'taken', mine };
    return { standing: mine.state === 'none' && its.state === 'none' ? 'lost' : 'unclear', mine };
  }
}

/** What of a query goes into the audit trail; a code, which is a secret, never does. */
const subjectOf = (query: Exclude<ClaimQuery, { code: string }>): Record<string, unknown> =>
  'userId' in query ? { userId: query.userId } : { serial: query.serial };

function mustReadCode(text: string): string {
  const code = readCode(text);
  if (code !== null) return code;
  const message = 'must be 16 letters and digits, such as W45C-J29D-N8GV-9WM9';
  throw new Fault('bad_request', 'That is not a code.', { issues: [{ path: ['code'], message }] });
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

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, 'MySQL is unreachable, so nothing is shown. Try again shortly.');
  }
}
