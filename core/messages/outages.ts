/**
 * Why a call could not be decided or answered now. Each entry has a code, and makes an English sentence from its
 * parameters.
 */
export const outages = {
  event_coming_back: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} is being rebuilt in Redis. Try again shortly.`,
  lost_part_restore: ({ eventId, doubt }: { eventId: string; doubt: string }) =>
    `Redis has lost a part of event ${eventId} (${doubt}). Run reconcile with --repair first, then restore the claim.`,
  changed_during_restore: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} was changed, reset or retired while the claim was being restored. It is safe to repeat the call.`,
  maker_gone: () => 'The API key that sent this call is no longer in MySQL, so no new key was created.',
  api_keys_unreachable: () =>
    'API keys can’t be read or changed now: MySQL is unreachable. Try again shortly. With the same requestId, a repeated call creates no second key.',
  figures_unreachable: () => 'The figures are in MySQL, which is unreachable. Try again shortly.',
  claim_faults_unreachable: () =>
    'The faults are in MySQL, which is unreachable. Try again shortly; settling twice is safe.',
  not_a_code: () => 'That is not a code.',
  audit_trail_unreachable: () => 'The audit trail is in MySQL, which is unreachable. Try again shortly.',
  not_a_cursor: ({ list }: { list: string }) =>
    `The cursor does not come from a list of ${list}. Start again without a cursor.`,
  events_unreachable: () =>
    'MySQL is unreachable. Try again shortly. If you repeat the call with the same requestId, nothing is changed twice.',
  claims_unreachable: () => 'Claims can’t be shown now: MySQL is unreachable. Try again shortly.',
  gate_just_changed: ({ eventId }: { eventId: string }) => `The gate of ${eventId} has just changed. Try again.`,
  redis_unreachable: () => 'Redis is unreachable. Try again shortly.',
  redis_restarted_reading: () => 'Redis restarted while winners were being read, so some may be missing. Try again.',
  gate_damaged: ({ eventId, how, key }: { eventId: string; how: string; key: string }) =>
    `Event ${eventId} is stopped: its gate is damaged, ${how}; another program wrote to ${key}.`,
  gate_newer: ({ eventId, why }: { eventId: string; why: string }) =>
    `Event ${eventId} is stopped in this process: ${why}. Nothing is lost. Update this process, and don't repair or reset the event with it.`,
  listing_unreachable: () => 'Events can’t be listed now: MySQL is unreachable. Try again shortly.',
  event_unreadable: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} can't be read right now. Try again shortly.`,
  sessions_taken: () => 'All connections for deciding claims are taken: nothing was decided. Try again shortly.',
  mysql_silent: () => 'MySQL is not answering: nothing was decided. Try again shortly.',
  stopping: () => 'This process is stopping: nothing was decided. Try again shortly.',
  mysql_unreachable: () => 'MySQL is not answering. The next call tries again.',
  rows_contended: () => 'Other calls are changing the same rows in MySQL. Try again.',
  redis_away_unchanged: () => 'Redis is unreachable, and the event is seeded: nothing was changed. Try again shortly.',
  gate_change_unknown: () =>
    'Redis did not answer, so the event may or may not be changed. Make the same call again, which is safe.',
  own_claims_unreachable: () => 'Your claims can’t be listed now: MySQL is unreachable. Try again shortly.',
  claim_unknown: () => 'The claim got no answer in time, so it may exist. It is safe to claim again.',
  own_claim_unknown: () => 'We can’t check right now whether you have a claim. Try again shortly.',
  claim_not_stored: () => 'MySQL did not store the claim: you have none yet. Try again shortly.',
  no_time_to_store: () => 'There was no time left to store the claim: nothing was decided. Try again.',
  redis_silent: () => 'Redis is not answering: nothing was decided. Try again shortly.',
  winners_unstorable: () =>
    'MySQL is not answering, so no winner can be stored: nothing was decided. Try again shortly.',
  last_units_unsettled: () =>
    'The last coupons are going to other users, whose claims are not stored yet. Try again shortly.',
  stored_not_recorded: () => 'Your claim is stored, but Redis could not record it. It is safe to claim again.',
  claims_queued: ({ eventId }: { eventId: string }) =>
    `Too many claims for event ${eventId} are waiting: nothing was decided. Try again shortly.`,
  redis_away: () => 'Redis is unreachable: nothing was decided. Try again shortly.',
  redis_late: () => 'Redis did not answer in time: nothing was decided. Try again shortly.',
  lock_overwritten: ({ eventId, key }: { eventId: string; key: string }) =>
    `Event ${eventId} is stopped: another program wrote to ${key}. Delete that key and try again.`,
  others_quicker: ({ attempts }: { attempts: number }) =>
    `Other claims were faster ${attempts} times in a row: nothing was decided. Try again.`,
  lock_expired: () => 'The lock expired: nothing was decided. Try again.',
  claims_before_stuck: () => 'Earlier claims are getting no answer, so this one was not decided. Try again shortly.',
  strategy_unreadable: ({ eventId }: { eventId: string }) =>
    `The strategy of event ${eventId} can't be read right now. Nothing was decided. Try again shortly.`,
  strategy_off: ({ strategy }: { strategy: string }) =>
    `The strategy ${strategy} is switched off in this process. Nothing was decided. Try again: another process may have the strategy switched on.`,
  strategy_unknown_here: () =>
    'This process can’t decide claims of this event. Nothing was decided. Try again: another process may answer.',
  strategy_changing: ({ eventId }: { eventId: string }) =>
    `The strategy of event ${eventId} keeps changing. Nothing was decided. Try again shortly.`,
  other_round: ({ eventId, current, round }: { eventId: string; current: number; round: number }) =>
    `Event ${eventId} is in round ${current}, not in round ${round}.`,
  no_gate_yet: ({ eventId }: { eventId: string }) => `Event ${eventId} has no gate yet.`,
  round_unreadable: ({ eventId }: { eventId: string }) => `Event ${eventId} can't be read: Redis did not answer.`,
  gate_unchecked: ({ eventId }: { eventId: string }) =>
    `Claims for event ${eventId} can't be decided now: its gate can't be checked. Try again shortly.`,
  event_changing: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} keeps changing: nothing was decided. Try again shortly.`,
  replicas_short: ({ acked, wanted }: { acked: number; wanted: number }) =>
    `Only ${acked} of ${wanted} replicas acknowledged in time, so the outcome is unknown. It is safe to claim again.`,
  redis_replaced: () =>
    'A promoted replica has replaced this Redis, so it decides nothing. If this Redis should decide again, restart the process.',
  redis_outdated: () =>
    'A promoted replica has replaced this Redis, so it decides nothing. Check which server REDIS_URL leads to, then restart the process.',
  newcomer_unchecked: () =>
    'MySQL is unreachable, so this process, which has just started, can’t check whether this Redis is still the primary. Nothing was decided. Try again shortly.',
  redis_failed_over: () => 'Redis failed over during the call, so the claim may exist. It is safe to claim again.',
  promises_awaited: ({ eventId }: { eventId: string }) =>
    `Redis was restarted or promoted: event ${eventId} continues once each process has reported which claims it promised. Try again shortly.`,
  redis_failing_over: () => 'Redis is failing over. Nothing was decided. Try again shortly.',
  claim_unanswered: () => 'Redis did not answer in time, so the claim may exist. It is safe to claim again.',
  round_unreachable: () => 'This round is in MySQL, which is unreachable. Try again shortly.',
  seed_redis_away: ({ eventId }: { eventId: string }) => `Event ${eventId} can't be seeded: Redis is unreachable.`,
  being_changed: ({ eventId }: { eventId: string }) => `Event ${eventId} is being changed. Try again shortly.`,
  being_seeded: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} is being seeded by another process. Try again shortly.`,
  queue_full: ({ max }: { max: number }) => `More than ${max} claims are waiting. Try again shortly.`,
  gate_lost: ({ eventId, detail }: { eventId: string; detail: string }) =>
    `Event ${eventId} is stopped: Redis lost its gate (${detail}). Nothing is issued until an operator repairs it.`,
  resume_without_serial: ({ eventId, strategy }: { eventId: string; strategy: string }) =>
    `Event ${eventId} can't resume from a chosen serial. With ${strategy}, MySQL has each claim before its user learns of it, so there is no promised serial to skip. Resume it without a serial.`,
  token_needs_user: () => 'A token needs a user id.',
  api_key_unchecked: () => "The API key can't be checked: MySQL is unreachable. Keep the key and try again shortly.",
  claim_unexplained: ({ eventId, round, serial }: { eventId: string; round: number; serial: number }) =>
    `MySQL has not stored claim ${serial} of ${eventId}/${round}, and nothing conflicts with it. Try again.`,
  strategy_changing_seed: ({ eventId }: { eventId: string }) =>
    `The strategy of event ${eventId} keeps changing. Nothing was seeded. Try again shortly.`,
  not_rebuilt: ({ eventId, reply }: { eventId: string; reply: string }) =>
    `Event ${eventId} is not back in Redis: its winners changed during the rebuild, or differ from MySQL's (${reply}). The sweep tries again.`,
  claims_unread: () => 'Redis did not answer a read of claims. Try again.',
  strategy_mismatch: ({ eventId, actual, asked }: { eventId: string; actual: string; asked: string }) =>
    `Event ${eventId} has the strategy ${actual}, but this path is for events with the strategy ${asked}. Nothing was decided. ` +
    `POST /api/v1/events/${eventId}/claims works with every strategy.`,
  lookups_refused: ({ eventId }: { eventId: string }) =>
    `Too many unknown event ids are being requested, so ${eventId} was not looked up. Try again shortly.`,
  signer_unknown: () =>
    'The token can’t be checked right now: this API does not have its key, and the identity provider did not answer. Keep the token, and try again shortly.',
  over_limit: ({ limit }: { limit: string }) => {
    const whose =
      limit === 'address' ? 'Too many calls without a valid token come from your address' : 'You make too many calls';
    return `${whose}. This call decided nothing and does not count. Make the same call again after the time in Retry-After.`;
  },
  caller_left: () => 'The caller closed the connection.',
  api_stopping: () =>
    'This API process is stopping before the work was complete. Completed steps stay. Repeat the call to finish.',
  maker_revoked: () =>
    'The API key that sent this call was revoked. A person with the role admin can create the new key.',
  child_role: ({ role, makerRole }: { role: string; makerRole: string }) =>
    `An API key with the role ${makerRole} can only create keys with a lower role, not ${role}. A person with the role admin can create the key.`,
  child_endless: () => "An API key can't create a key that never expires. A person with the role admin can.",
  child_outlives: ({ expiresAt }: { expiresAt: string }) =>
    `An API key can't create a key that outlives it. The calling key expires at ${expiresAt}. A person with the role admin can create the key.`,
  not_reconciled: ({ eventId, why }: { eventId: string; why: string }) =>
    `Event ${eventId} could not be reconciled. ${why} Nothing was changed. Try again.`,
  not_repaired: ({ eventId, why }: { eventId: string; why: string }) =>
    `Event ${eventId} could not be repaired. ${why} What was already fixed stays fixed. It is safe to run the repair again.`,
} as const;
