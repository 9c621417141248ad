import { z } from 'zod';
import type { Actor } from '../access/actor.ts';
import { shownCodes, type CodeRules } from '../access/shown-codes.ts';
import { auditLookup } from '../audit/audit-lookup.ts';
import { appendAudit } from '../audit/audit-rows.ts';
import { countOpenFaults, findFault, listFaults, settleFaultRow, type ClaimFaultView } from '../claims/claim-faults.ts';
import { forgetSettled } from '../engines/gated/forget-set-aside.ts';
import { runOnce } from '../events/admin-requests.ts';
import { badFields, checkFields } from '../events/bad-fields.ts';
import * as field from '../events/fields.ts';
import { mustFind } from '../events/must-find.ts';
import { say } from '../messages/message.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { asUnavailable, Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { settlementShown } from '../views/admin-view.ts';
import { checkFaultsAsked } from './check-input.ts';

export type FaultsQuery = { eventId: string; round?: number | undefined; limit: number };

export type SettleFaultInput = { eventId: string; id: number; requestId?: string | undefined };

/** `open`: how many faults are open in the event, or in the requested round. */
export type FaultsPage = { faults: ClaimFaultView[]; open: number };

/**
 * How admins look up and settle faults: claims that MySQL could not store. Every look-up writes an audit row before
 * anything is shown. Throws `not_found`, `bad_request` and `unavailable`.
 */
export interface FaultAdmin {
  /** Open faults come first. Open faults and other faults are each ordered from oldest to newest. */
  listFaults(query: FaultsQuery, actor: Actor): Promise<FaultsPage>;
  /**
   * Records an operator's decision about a fault, and the reason. Settling a fault ends its alarm. Nothing else
   * changes: the user has no claim in MySQL unless the claim is restored. Settling a fault again changes nothing and
   * returns the first decision.
   */
  settleFault(input: SettleFaultInput, actor: Actor): Promise<ClaimFaultView>;
}

/** Opens the functions with which admins look up and settle faults. */
export function createFaultAdmin(stores: Stores, rules: CodeRules): FaultAdmin {
  const { db, clock, log } = stores;

  return {
    listFaults: (query, actor) =>
      reachingMySql(async () => {
        checkFaultsAsked(query);
        const { eventId, round } = query;
        const lookup = { action: 'claim.faults', actor, eventId, round: round ?? null, subject: {} } as const;
        await auditLookup(db, lookup, clock.nowMs());
        const shown = shownCodes(actor.role, rules);
        const faults = (await listFaults(db, query)).map((fault) => ({
          ...fault,
          settled: settlementShown(fault.settled, shown),
        }));
        // MySQL may have lost the event but kept its faults, so the event need not exist.
        if (faults.length === 0) await mustFind(stores, eventId);
        return { faults, open: await countOpenFaults(db, eventId, round) };
      }),
    settleFault: (input, actor) =>
      reachingMySql(async () => {
        checkFields(faultSettled, input);
        const { reason } = actor;
        if (reason === undefined) throw badFields([{ path: ['reason'], ...say('reason_to_settle') }]);
        const { requestId, ...asked } = input;
        const request = { actor: actor.name, requestId, action: 'claim.settle-fault', eventId: input.eventId };
        await runOnce(db, { ...request, input: asked }, (tx) => settle(tx, input, { ...actor, reason }));
        const fault = await mustFindFault(db, input);
        await updateRedis(fault);
        return fault;
      }),
  };

  /** Settles the row, and records in the audit trail who did it. Resolves to whether anything changed. */
  async function settle(
    tx: DbTransaction,
    input: SettleFaultInput,
    actor: Actor & { reason: string },
  ): Promise<boolean> {
    const { eventId, requestId = null } = input;
    const before = await mustFindFault(tx, input);
    const { name, role, keyId, door, reason } = actor;
    const atMs = clock.nowMs();
    if (!(await settleFaultRow(tx, input, { atMs, by: name, reason }))) return false;
    await appendAudit(
      tx,
      {
        ...{ action: 'claim.settle-fault', actor: name, role, keyId, door, reason },
        ...{ requestId, eventId, round: before.round },
        ...{ before: auditable(before), after: auditable(await mustFindFault(tx, input)) },
      },
      atMs,
    );
    return true;
  }

  /** MySQL has the decision. If Redis can't be updated now, the sweep updates it later. */
  async function updateRedis(fault: ClaimFaultView): Promise<void> {
    const { eventId, round, id } = fault;
    try {
      await forgetSettled(stores, { eventId, round });
    } catch (err) {
      log.warn(
        { event: 'settled_not_told', eventId, round, id, err },
        'a fault was settled in MySQL, but Redis could not be updated; the next sweep tries again',
      );
    }
  }
}

async function mustFindFault(db: DbTransaction, { eventId, id }: SettleFaultInput): Promise<ClaimFaultView> {
  const fault = await findFault(db, eventId, id);
  if (fault === null) throw new Fault('not_found', say('no_claim_fault', { eventId, id }));
  return fault;
}

/** What the audit trail shows about a fault. */
function auditable({ id, serial, userId, reason, settled }: ClaimFaultView): Record<string, unknown> {
  const decided = settled && { at: new Date(settled.atMs).toISOString(), by: settled.by, reason: settled.reason };
  return { id, serial, userId, reason, settled: decided };
}

async function reachingMySql<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw asUnavailable(err, say('claim_faults_unreachable'));
  }
}

/** The fields of a settlement, except the reason, which comes with the actor. */
const faultSettled = z.object({ eventId: field.eventId, id: field.faultId, requestId: field.requestId.optional() });
