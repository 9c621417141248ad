import type { DriftKind } from '../compare/drift-kind.ts';

/** Advice for one kind of drift: before a repair, or (`repaired`) after a repair that could not fix it. */
export function adviceFor(kind: DriftKind, repaired: boolean, eventId: string): string {
  if (!repaired && isMendable(kind)) {
    return `${kind}: a repair can fix this: coupon-admin reconcile ${eventId} --repair (admin.reconcile with repair: true).`;
  }
  switch (kind) {
    case 'missing_in_db':
      return 'missing_in_db: MySQL refuses these claims; `claims faults` says why. Delete the conflicting row (the one with the serial or the user) or raise the stock, then repair again. Or settle the claims (`claims faults EVENT --settle ID --reason TEXT`, admin.claim.settleFault).';
    case 'missing_in_redis':
      return "missing_in_redis: these users can't be made winners, because their serial is taken or above the counter. Decide who keeps the serial and remove the other claim from its store, then repair again.";
    case 'counter_drift':
      return 'counter_drift: the counter of the gate is above every known claim. The serials in between may have been promised, so nobody else gets them. Restore the claim of a user who shows a genuine code (`claims restore`, admin.claim.restore). Otherwise, leave the counter as it is.';
    case 'serial_gap':
      return 'serial_gap: these serials may have been promised to users whom no store knows, so nobody else gets them. Restore the claim of a user who shows a genuine code (`claims restore`, admin.claim.restore). Otherwise, leave the gap, and top the event up to give out as many coupons as planned.';
    case 'over_stock':
      return 'over_stock: these serials lie outside the stock. Honour them and raise the stock to the highest, or withdraw these claims.';
    case 'duplicate_user':
      return 'duplicate_user: these users were given more than one serial. Decide which one counts, and withdraw the other.';
    case 'conflict':
      return 'conflict: the stores disagree about these claims. Analysts read MySQL; users got the answer in Redis. Decide which store is right, correct the other, then repair again.';
    case 'stale_round':
      return 'stale_round: some data of another round could not be moved to MySQL; claim_faults lists what MySQL refused. Winners that MySQL has differently stay in Redis until you decide which store is right and correct the other.';
    case 'config_drift':
      return "config_drift: gate and row can't be made equal without breaking a rule (a closed round can't reopen, and a stock can't fall below what is issued). Change the event to match the gate, or close it.";
  }
}

function isMendable(kind: DriftKind): boolean {
  switch (kind) {
    case 'missing_in_db':
    case 'missing_in_redis':
    case 'counter_drift':
    case 'stale_round':
    case 'config_drift':
      return true;
    case 'serial_gap':
    case 'over_stock':
    case 'duplicate_user':
    case 'conflict':
      return false;
  }
}

const askWinners = (eventId: string): string =>
  `Claims that were accepted but not yet in MySQL may be lost, and nobody knows how many. Ask users who say that they won for their serial and code: coupon-admin claims verify ${eventId} says whether a code is genuine.`;

/** Advice for an event that was already closed when its gate was lost. */
export const closedAdvice = (eventId: string, why: string): string =>
  `Event ${eventId} is closed, and its gate was lost (${why}). ${askWinners(eventId)} coupon-admin claims restore ${eventId} restores the claim.`;

/** Advice for an event that a repair paused. `counter` is the last serial known to be given. */
export const pausedAdvice = (eventId: string, why: string, counter: number): string[] => [
  `Event ${eventId} is paused: ${why}. ${askWinners(eventId)} Then choose:`,
  `coupon-admin event resume ${eventId} --from-serial N, with N above all serials that may have been promised: those from ${counter + 1} to N-1 are reserved, and coupon-admin claims restore ${eventId} gives each to the user who proves it;`,
  `coupon-admin event resume ${eventId} to sell the rest, beginning with serial ${counter + 1};`,
  `coupon-admin event close ${eventId} to sell no more. Claims can still be restored after that.`,
];

/** Advice for a lost gate: before a repair, or (`repaired`) after a repair that could not rebuild it. */
export const lostAdvice = (eventId: string, repaired: boolean): string =>
  repaired
    ? `config_drift: the gate is still lost, and the event is stopped. Fix what the other findings name, then repair again.`
    : `config_drift: the gate is lost, and the event is stopped. If the latest append-only file still exists and this Redis has accepted nothing since, put the file back: then nothing is lost. Otherwise, a repair rebuilds the gate from MySQL and what is left in Redis, and says what may be lost: coupon-admin reconcile ${eventId} --repair (admin.reconcile with repair: true).`;

/** Advice about an earlier repair that did not end. `done`: the current repair finished its work. */
export function unfinishedAdvice(eventId: string, repair: { actor: string; begunAtMs: number }, done: boolean): string {
  const which = `A repair of event ${eventId} by ${repair.actor}, begun at ${new Date(repair.begunAtMs).toISOString()}, has not ended: it died halfway, a store did not answer, or it is still running.`;
  return done
    ? `${which} This repair checked everything again and did what was left.`
    : `${which} Repair again, which is safe even while the other is running: coupon-admin reconcile ${eventId} --repair.`;
}

/** Advice about serials that an operator reserved. */
export const reservedAdvice = (count: number, eventId: string): string =>
  `reserved: ${count} serials are reserved for users who can prove that they were promised them, as an operator decided (event.resume in the audit trail). Nobody else gets them. Restore the claim of a user who shows a genuine code: coupon-admin claims restore ${eventId} --user U --serial N --code C (admin.claim.restore).`;

/** Advice about claims that MySQL could not store and that nobody has settled. */
export const openFaultsAdvice = (eventId: string): string =>
  `MySQL could not store some promised claims, and they are not settled. List them for all rounds with coupon-admin claims faults ${eventId} (admin.claim.faults). Restore each, or settle it with a reason.`;

/** Advice about winners that MySQL lacks because an operator settled their claims. */
export const settledAdvice = (count: number, eventId: string): string =>
  `settled: an operator decided that ${count} winners of this round stay out of MySQL. coupon-admin claims faults ${eventId} says which, and why.`;
