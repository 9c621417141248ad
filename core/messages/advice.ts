const askWinners = (eventId: string): string =>
  `Claims that were accepted but not yet in MySQL may be lost, and nobody knows how many. If a user says that they won, ask for the serial and the code. coupon-admin claims verify ${eventId} says whether the code is genuine.`;

/**
 * What a repair did to an event, and what only an operator can decide. Each entry has a code, and makes an English
 * sentence from its parameters.
 */
export const advice = {
  advise_repair: ({ kind, eventId }: { kind: string; eventId: string }) =>
    `${kind}: a repair can fix this: coupon-admin reconcile ${eventId} --repair (admin.reconcile with repair: true).`,
  advise_missing_in_db: () =>
    'missing_in_db: MySQL refuses these claims; `claims faults` says why. Delete the conflicting row (the one with the serial or the user) or raise the stock, then repair again. Or settle the claims (`claims faults EVENT --settle ID --reason TEXT`, admin.claim.settleFault).',
  advise_missing_in_redis: () =>
    "missing_in_redis: these users can't be made winners, because their serial is taken or above the counter. Decide who keeps the serial and remove the other claim from its store, then repair again.",
  advise_counter_drift: () =>
    "counter_drift: the gate's counter is above every known claim. The serials in between may have been promised, so nobody else gets them. Restore the claim of a user who shows a genuine code (`claims restore`, admin.claim.restore). Otherwise, leave the counter as it is.",
  advise_serial_gap: () =>
    'serial_gap: these serials may have been promised to users whom no store knows, so nobody else gets them. Restore the claim of a user who shows a genuine code (`claims restore`, admin.claim.restore). Otherwise, leave the gap, and top the event up to give out as many coupons as planned.',
  advise_over_stock: () =>
    'over_stock: these serials lie outside the stock. Either honour their claims and raise the stock to the highest of these serials, or withdraw the claims.',
  advise_duplicate_user: () =>
    'duplicate_user: these users were given more than one serial. Decide which one counts, and withdraw the other.',
  advise_conflict: () =>
    'conflict: the stores disagree about these claims. Analysts see what MySQL has; users were told what Redis has. Decide which store is right, correct the other, then repair again.',
  advise_stale_round: () =>
    "stale_round: some data of another round could not be moved to MySQL; claim_faults lists what MySQL refused. If MySQL's data about a winner differs, the winner stays in Redis until you decide which store is right and correct the other.",
  advise_config_drift: () =>
    "config_drift: gate and row can't be made equal without breaking a rule (a closed round can't reopen, and a stock can't fall below what is issued). Change the event to match the gate, or close it.",

  advise_gate_lost: ({ eventId }: { eventId: string }) =>
    `config_drift: the gate is lost, and the event is stopped. If the latest append-only file still exists and this Redis has accepted nothing since, put the file back: then nothing is lost. Otherwise, a repair rebuilds the gate from MySQL and what is left in Redis, and says what may be lost: coupon-admin reconcile ${eventId} --repair (admin.reconcile with repair: true).`,
  advise_gate_still_lost: () =>
    'config_drift: the gate is still lost, and the event is stopped. Fix what the other findings report, then repair again.',
  advise_closed: ({ eventId, why }: { eventId: string; why: string }) =>
    `Event ${eventId} is closed, and its gate was lost (${why}). ${askWinners(eventId)} coupon-admin claims restore ${eventId} restores the claim.`,
  advise_paused: ({ eventId, why }: { eventId: string; why: string }) =>
    `Event ${eventId} is paused: ${why}. ${askWinners(eventId)} Then choose:`,
  advise_resume_above: ({ eventId, next }: { eventId: string; next: number }) =>
    `coupon-admin event resume ${eventId} --from-serial N, with N above all serials that may have been promised: those from ${next} to N-1 are reserved, and coupon-admin claims restore ${eventId} gives each to the user who proves it;`,
  advise_resume: ({ eventId, next }: { eventId: string; next: number }) =>
    `coupon-admin event resume ${eventId} to sell the rest, beginning with serial ${next};`,
  advise_close: ({ eventId }: { eventId: string }) =>
    `coupon-admin event close ${eventId} to sell no more. Claims can still be restored after that.`,
  advise_unfinished: ({ eventId, actor, begunAt, done }: Unfinished) => {
    const which = `A repair of event ${eventId} by ${actor}, begun at ${begunAt}, has not ended: it died halfway, a store did not answer, or it is still running.`;
    return done
      ? `${which} This repair checked everything again and did what was left.`
      : `${which} Repair again, which is safe even while the other is running: coupon-admin reconcile ${eventId} --repair.`;
  },
  advise_reserved: ({ count, eventId }: { count: number; eventId: string }) =>
    `reserved: ${count} serials are reserved for users who can prove that they were promised them, as an operator decided (event.resume in the audit trail). Nobody else gets them. Restore the claim of a user who shows a genuine code: coupon-admin claims restore ${eventId} --user U --serial N --code C (admin.claim.restore).`,
  advise_open_faults: ({ eventId }: { eventId: string }) =>
    `MySQL could not store some promised claims, and they are not settled. List them for all rounds with coupon-admin claims faults ${eventId} (admin.claim.faults). Restore each, or settle it with a reason.`,
  advise_settled: ({ count, eventId }: { count: number; eventId: string }) =>
    `settled: an operator decided that ${count} winners of this round stay out of MySQL. coupon-admin claims faults ${eventId} says which, and why.`,
} as const;

/** An earlier repair that did not finish. `done`: the current repair finished what the earlier one left. */
type Unfinished = { eventId: string; actor: string; begunAt: string; done: boolean };
