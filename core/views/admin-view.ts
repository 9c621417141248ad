import type { ShownCodes } from '../access/shown-codes.ts';
import type { Settlement } from '../claims/claim-faults.ts';
import type { ClaimRow } from '../claims/claim-rows.ts';
import type { AdminClaim } from '../claims/claim.ts';
import { engineOf } from '../engines/engines.ts';
import { pickInfo } from '../events/event-fields.ts';
import { roundConfig, type EventRow } from '../events/event-rows.ts';
import type { Gate } from '../gate/gate.ts';
import { gateProgress, roundProgress } from '../rounds/round-progress.ts';
import type { Stores } from '../stores/stores.ts';
import { type AdminEventView, type EventView, gateView } from './event-view.ts';
import { gateOf, viewOf } from './public-events.ts';

/** An event as admins see it: from its gate, or from its rows if it has no gate. */
export async function adminView(stores: Stores, event: EventRow): Promise<AdminEventView> {
  const engine = engineOf(event.strategy);
  const gate = await gateOf(stores, event);
  const [seen, progress, gateLost] = await Promise.all([
    viewOf(stores, event, gate),
    roundProgress(stores, event, gate),
    engine.status(stores, event).then(
      ({ lost }) => lost,
      () => null,
    ),
  ]);
  const firstClaimedAtMs = gate === null ? event.roundRow.firstClaimAtMs : gate.firstAtMs;
  const { approvalAskedBy, needsApproval } = event.roundRow;
  return withRowVersion(seen, event, {
    ...progress,
    approvalAskedBy,
    seeded: engine.isSeeded(event, gate) && !needsApproval,
    gateLost,
    firstClaimedAtMs,
    readiness: null,
  });
}

/** An event as admins see it while MySQL is down: from its gate alone. */
export async function adminGateView(stores: Stores, eventId: string, gate: Gate): Promise<AdminEventView> {
  return {
    ...gateView(eventId, gate),
    ...(await gateProgress(stores, eventId, gate)),
    approvalAskedBy: null,
    seeded: gate.heldOpensAtMs === null,
    gateLost: false,
    firstClaimedAtMs: gate.firstAtMs,
    readiness: null,
  };
}

/** A claim as an admin sees it, with its code shown or masked. */
export function adminClaim(row: ClaimRow, shown: ShownCodes): AdminClaim {
  const { serial, claimedAtMs, round, eventId, userId, persistedAtMs } = row;
  const code = shown.code(row.code);
  return { ...{ serial, code, claimedAtMs, round, eventId, userId, persistedAtMs }, state: 'persisted' };
}

/** Who settled a fault and why, with codes in the reason masked if the admin may not see them. */
export function settlementShown(settled: Settlement | null, shown: ShownCodes): Settlement | null {
  return settled && { ...settled, reason: shown.text(settled.reason) };
}

/** If the row is newer than the gate, takes the settings from the row. The counts always come from the gate. */
function withRowVersion(
  seen: EventView,
  event: EventRow,
  counts: Omit<AdminEventView, keyof EventView>,
): AdminEventView {
  if (event.version <= seen.version) return { ...seen, ...counts };
  const { heldOpensAtMs, ...config } = roundConfig(event);
  const opening = { opensAtMs: event.roundRow.opensAtMs, needsApproval: heldOpensAtMs !== null };
  return { ...seen, ...pickInfo(event), ...config, ...opening, ...counts };
}
