import { timingSafeEqual } from 'node:crypto';
import type { Actor } from '../access/actor.ts';
import { shownCodes, type CodeRules, type ShownCodes } from '../access/shown-codes.ts';
import { auditExport } from '../audit/audit-export.ts';
import { auditLookup } from '../audit/audit-lookup.ts';
import {
  type ClaimProof,
  type ClaimRestored,
  type ClaimHistory,
  type ProofStanding,
  explainProof,
  explainRestored,
} from '../claims/claim-history.ts';
import {
  browseClaims,
  findClaim,
  findClaimByCode,
  findClaimBySerial,
  listClaims,
  listUserClaims,
  type ClaimRow,
} from '../claims/claim-rows.ts';
import type { AdminClaim } from '../claims/claim.ts';
import { openCoder } from '../claims/code.ts';
import { findRound, listRoundNumbers, type EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { say } from '../messages/message.ts';
import { Fault, asUnavailable } from '../runtime/fault.ts';
import { isoTime } from '../runtime/iso-time.ts';
import type { Stores } from '../stores/stores.ts';
import { adminClaim, settlementShown } from '../views/admin-view.ts';
import { checkClaimQuery, checkClaimsBrowse, checkClaimsFind, checkClaimsPage, checkEvidence } from './check-input.ts';
import { claimsOfUserMax, mustReadCode, readClaimHistory } from './claim-history-reader.ts';
import type {
  BrowsedClaims,
  ClaimEvidence,
  ClaimQuery,
  ClaimsBrowseQuery,
  ClaimsPageQuery,
  ExportedClaims,
  FoundClaim,
} from './claim-queries.ts';
import { putBackClaim } from './restore-claim.ts';
import { browseWaiting } from './waiting-claims.ts';

/**
 * How admins look up people's claims. A viewer sees masked codes. Every look-up writes an audit row before anything is
 * shown; if the result contains codes, the row says whether they were masked. Faults: `not_found`, `bad_request`,
 * `unavailable`.
 */
export interface ClaimAdmin {
  /** A user's claims in all rounds, of one event or of all. */
  findClaims(query: { userId: string; eventId?: string | undefined }, actor: Actor): Promise<FoundClaim[]>;
  /**
   * A page of a round's claims from MySQL, or of those that wait for MySQL, filtered by user, serial or time, from the
   * first serial or from the last.
   */
  browseClaims(query: ClaimsBrowseQuery, actor: Actor): Promise<BrowsedClaims>;
  /** Claims of a round, by default the current one, from MySQL and in serial order. */
  listClaims(query: ClaimsPageQuery, actor: Actor): Promise<AdminClaim[]>;
  /**
   * A page of an export: claims as `listClaims` returns them, and their round, which the request for the next page
   * needs. The pages of an export share one audit row, which says how far the export got. A page that does not continue
   * one of the actor's exports begins a new one.
   */
  exportClaims(query: ClaimsPageQuery, actor: Actor): Promise<ExportedClaims>;
  /** What became of one claim, according to both stores. */
  showClaim(query: ClaimQuery, actor: Actor): Promise<ClaimHistory>;
  /** Whether this system issued this serial and code to this user, even if no store has the claim any more. */
  verifyClaim(evidence: ClaimEvidence, actor: Actor): Promise<ClaimProof>;
  /**
   * Restores a claim that its user can prove and that a store has lost, if nobody else has its serial. Safe to repeat.
   * Throws `conflict`, with what to do, if an operator must first pause the event (the serial is above the counter) or
   * top it up (the serial is above the stock).
   */
  restoreClaim(evidence: ClaimEvidence, actor: Actor): Promise<ClaimRestored>;
}

/**
 * Opens the functions with which admins look up claims. These functions mask codes by the actor's role, so that no
 * caller can forget to.
 */
export function createClaimAdmin(stores: Stores, rules: CodeRules): ClaimAdmin {
  const { db, clock } = stores;
  const shownTo = ({ role }: Actor): ShownCodes => shownCodes(role, rules);
  const note = (actor: Actor, lookup: Noted): Promise<void> => auditLookup(db, { ...lookup, actor }, clock.nowMs());
  const noteEvidence = (actor: Actor, action: 'claim.verify' | 'claim.restore', evidence: ClaimEvidence) => {
    const { eventId, round = null, userId, serial } = evidence;
    return note(actor, { action, eventId, round, subject: { userId, serial } });
  };

  return {
    findClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsFind(query);
        const { userId, eventId = null } = query;
        const shown = shownTo(actor);
        const subject = { userId, codes: shown.codes };
        await note(actor, { action: 'claim.find', eventId, round: null, subject });
        const rows = await listUserClaims(db, { ...query, limit: claimsOfUserMax });
        return rows.map((row) => {
          const { eventName, amount, currency } = row;
          return { ...adminClaim(row, shown), eventName: shown.text(eventName), amount, currency };
        });
      }),
    browseClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsBrowse(query);
        const { eventId, round: _round, ...filter } = query;
        const event = await roundAsked(stores, { eventId, round: query.round });
        const { round } = event.roundRow;
        const shown = shownTo(actor);
        const { codes } = shown;
        await note(actor, { action: 'claim.browse', eventId, round, subject: { ...filterNoted(filter), codes } });
        if (filter.state === 'accepted') {
          const { claims, nextAfter } = await browseWaiting(stores, event, query);
          return {
            round,
            codes,
            claims: claims.map((claim) => ({ ...claim, code: shown.code(claim.code) })),
            nextAfter,
          };
        }
        const { claims, nextAfter } = await browse(stores, { ...query, round });
        return { round, codes, claims: claims.map((row) => adminClaim(row, shown)), nextAfter };
      }),
    listClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsPage(query);
        const { eventId, afterSerial = 0, limit } = query;
        const { currentRound } = await mustFind(stores, eventId);
        const { round = currentRound } = query;
        const shown = shownTo(actor);
        const subject = { afterSerial, limit, codes: shown.codes };
        await note(actor, { action: 'claim.list', eventId, round, subject });
        return pageOf(stores, { ...query, round }, shown);
      }),
    exportClaims: (query, actor) =>
      reachingMySql(async () => {
        checkClaimsPage(query);
        const { eventId, afterSerial = 0, limit } = query;
        const { round } = (await roundAsked(stores, query)).roundRow;
        const shown = shownTo(actor);
        const { codes } = shown;
        const claims = await pageOf(stores, { ...query, round }, shown);
        const lastSerial = claims.at(-1)?.serial ?? afterSerial;
        const page = { afterSerial, claims: claims.length, lastSerial, complete: claims.length < limit, codes };
        await auditExport(db, { actor, eventId, round }, page, clock.nowMs());
        return { round, codes, claims };
      }),
    showClaim: (query, actor) =>
      reachingMySql(async () => {
        checkClaimQuery(query);
        return show(stores, query, shownTo(actor), (lookup) => note(actor, lookup));
      }),
    verifyClaim: (evidence, actor) =>
      reachingMySql(async () => {
        checkEvidence(evidence);
        await noteEvidence(actor, 'claim.verify', evidence);
        const event = await fittingRound(stores, evidence);
        const { standing, mine } = await standingOf(stores, event, evidence);
        const round = event?.roundRow.round ?? null;
        const account = shownTo(actor).text(explainProof(standing, evidence, mine));
        return { eventId: evidence.eventId, round, genuine: event !== null, standing, account };
      }),
    restoreClaim: (evidence, actor) =>
      reachingMySql(async () => {
        checkEvidence(evidence);
        await noteEvidence(actor, 'claim.restore', evidence);
        return restore(stores, evidence, actor);
      }),
  };
}

/** What the audit row of a look-up contains in addition to its actor. */
type Noted = Omit<Parameters<typeof auditLookup>[1], 'actor'>;

async function show(
  stores: Stores,
  query: ClaimQuery,
  shown: ShownCodes,
  note: (lookup: Noted) => Promise<void>,
): Promise<ClaimHistory> {
  const event = await roundAsked(stores, query);
  const { eventId, roundRow } = event;
  const noted = { action: 'claim.show', eventId, round: roundRow.round } as const;
  const { codes } = shown;
  if (!('code' in query)) {
    await note({ ...noted, subject: { ...subjectOf(query), codes } });
    return historyShown(await readClaimHistory(stores, event, query), shown);
  }
  // Reads first, because only the read finds the serial for the audit row. Shows nothing before that row is written.
  const history = await readClaimHistory(stores, event, query);
  await note({ ...noted, subject: { by: 'code', serial: history.claim?.serial ?? null, codes } });
  return historyShown(history, shown);
}

async function browse(
  { db }: Stores,
  query: ClaimsBrowseQuery & { round: number },
): Promise<{ claims: ClaimRow[]; nextAfter: number | null }> {
  const { eventId, round, userId, serial, fromAtMs = -Infinity, untilAtMs = Infinity } = query;
  if (userId === undefined && serial === undefined) return browseClaims(db, query);
  // At most one claim of a round has this user or serial.
  const claim =
    userId !== undefined
      ? await findClaim(db, eventId, round, userId)
      : await findClaimBySerial(db, { eventId, round, serial: serial ?? 0 });
  const isWanted =
    claim !== null &&
    (serial === undefined || claim.serial === serial) &&
    claim.claimedAtMs >= fromAtMs &&
    claim.claimedAtMs < untilAtMs;
  return { claims: isWanted ? [claim] : [], nextAfter: null };
}

/** A filter as the audit trail records it, without the fields that were not given. */
function filterNoted({ fromAtMs, untilAtMs, ...rest }: Omit<ClaimsBrowseQuery, 'eventId' | 'round'>): object {
  const times = {
    ...(fromAtMs !== undefined && { from: isoTime(fromAtMs) }),
    ...(untilAtMs !== undefined && { until: isoTime(untilAtMs) }),
  };
  return { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)), ...times };
}

async function pageOf(
  { db }: Stores,
  query: ClaimsPageQuery & { round: number },
  shown: ShownCodes,
): Promise<AdminClaim[]> {
  return (await listClaims(db, query)).map((row) => adminClaim(row, shown));
}

async function restore(stores: Stores, evidence: ClaimEvidence, actor: Actor): Promise<ClaimRestored> {
  const { eventId, userId, serial } = evidence;
  const event = await fittingRound(stores, evidence);
  const { standing, mine } = await standingOf(stores, event, evidence);
  const result = (before: ProofStanding, { held, restored }: Pick<ClaimRestored, 'held' | 'restored'>) => ({
    ...{ eventId, round: event?.roundRow.round ?? null, genuine: event !== null, before, restored, held },
    account: explainRestored({ before, restored }, evidence),
  });
  if (event === null || mine === null) return result(standing, { held: false, restored: false });
  if (standing !== 'held' && standing !== 'lost') return result(standing, { held: false, restored: false });
  if (mine.state === 'persisted' || mine.state === 'accepted') return result(standing, { held: true, restored: false });
  const code = openCoder(event.roundRow.codeKey)(serial, userId);
  const claim = { serial, userId, code, claimedAtMs: mine.claim?.claimedAtMs ?? null };
  if ((await putBackClaim(stores, event, claim, actor)) === 'put_back') {
    return result(standing, { held: true, restored: true });
  }
  return result('taken', { held: false, restored: false });
}

async function mustFindRound(stores: Stores, eventId: string, round: number): Promise<EventRow> {
  const event = await findRound(stores.db, eventId, round);
  if (event !== null) return event;
  await mustFind(stores, eventId);
  throw new Fault('not_found', say('no_round', { eventId, round }));
}

/** The round of a query: the named one, otherwise the one in which its code was issued, otherwise the current one. */
async function roundAsked(
  stores: Stores,
  query: ClaimQuery | Pick<ClaimsPageQuery, 'eventId' | 'round'>,
): Promise<EventRow> {
  const { eventId, round } = query;
  if (round !== undefined) return mustFindRound(stores, eventId, round);
  const row = 'code' in query ? await findClaimByCode(stores.db, mustReadCode(query.code)) : null;
  return row?.eventId === eventId ? mustFindRound(stores, eventId, row.round) : mustFind(stores, eventId);
}

/** The newest round whose code key produces the code that the user presents; null if no round's key does. */
async function fittingRound(
  stores: Stores,
  { eventId, round, userId, serial, code }: ClaimEvidence,
): Promise<EventRow | null> {
  const shown = mustReadCode(code);
  const rounds = round === undefined ? await roundsOf(stores, eventId) : [round];
  for (const candidate of rounds) {
    const event = await mustFindRound(stores, eventId, candidate);
    const right = openCoder(event.roundRow.codeKey)(serial, userId);
    if (timingSafeEqual(Buffer.from(right), Buffer.from(shown))) return event;
  }
  return null;
}

async function roundsOf(stores: Stores, eventId: string): Promise<number[]> {
  await mustFind(stores, eventId);
  return listRoundNumbers(stores.db, eventId);
}

async function standingOf(
  stores: Stores,
  event: EventRow | null,
  { userId, serial }: { userId: string; serial: number },
): Promise<{ standing: ProofStanding; mine: ClaimHistory | null }> {
  if (event === null) return { standing: 'forged', mine: null };
  const { eventId } = event;
  const mine = await readClaimHistory(stores, event, { eventId, userId });
  if (mine.claim !== null) return { standing: mine.claim.serial === serial ? 'held' : 'moved', mine };
  const its = await readClaimHistory(stores, event, { eventId, serial });
  if (its.claim !== null && its.claim.userId !== userId) return { standing: 'taken', mine };
  return { standing: mine.state === 'none' && its.state === 'none' ? 'lost' : 'unclear', mine };
}

/**
 * A claim's history with its codes masked as `shown` says. The `account` is masked too, because it may quote what an
 * operator wrote.
 */
const historyShown = (history: ClaimHistory, shown: ShownCodes): ClaimHistory => ({
  ...history,
  claim: history.claim && { ...history.claim, code: shown.code(history.claim.code) },
  setAside: history.setAside && { ...history.setAside, settled: settlementShown(history.setAside.settled, shown) },
  account: shown.text(history.account),
});

/** The part of a query that goes into the audit trail. Never includes a code, because a code is a secret. */
const subjectOf = (query: Exclude<ClaimQuery, { code: string }>): Record<string, unknown> =>
  'userId' in query ? { userId: query.userId } : { serial: query.serial };

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, say('claims_unreachable'));
  }
}
