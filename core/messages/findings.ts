/** A place where a claim can be. */
type Place = 'redis' | 'outbox' | 'mysql';
const placeNames: Record<Place, string> = { redis: 'Redis', outbox: 'the outbox', mysql: 'MySQL' };

type Pair = readonly [number, number];
/**
 * How two versions of one claim differ. `serials` is null if both versions have the same serial, and `times` is null if
 * they have the same time.
 */
export type ClaimDifference = { serials: Pair | null; times: Pair | null; codes: boolean };

/** Describes how two versions of one claim differ, without showing the codes. */
export const differenceInWords = ({ serials, times, codes }: ClaimDifference): string =>
  [
    serials === null ? '' : `serials ${serials[0]} and ${serials[1]}`,
    times === null ? '' : `times ${times[0]} and ${times[1]}`,
    codes ? 'different codes' : '',
  ]
    .filter((text) => text !== '')
    .join(', ');

/**
 * Differences that a reconcile finds between the stores. Each entry has a code, and makes an English sentence from its
 * parameters.
 */
export const findings = {
  // Claims.
  found_gap: ({ from, to }: { from: number; to: number }) =>
    `nobody has ${from === to ? `serial ${from}` : `serials ${from}..${to}`}`,
  found_over_issued: ({ issued, stock }: { issued: number; stock: number }) =>
    `the gate counts ${issued} issued of a stock of ${stock}`,
  found_returned_taken: ({ serial }: { serial: number }) => `serial ${serial} was returned, but somebody has it`,
  found_counter_off: ({ issued, highest }: { issued: number; highest: number }) =>
    `the gate counts ${issued} issued, but the highest serial is ${highest}`,
  found_no_winner: ({ where }: { where: 'outbox' | 'mysql' }) =>
    `${where === 'mysql' ? 'in MySQL' : 'in the outbox'}, not among the winners`,
  found_winner_only: () => 'among the winners, but neither in MySQL nor in the outbox',
  found_above_stock: ({ serial, stock }: { serial: number; stock: number }) =>
    `serial ${serial} of a stock of ${stock}`,
  found_serial_shared: ({ serial }: { serial: number }) => `another user has serial ${serial} too`,
  found_several_serials: ({ store, serials }: { store: 'redis' | 'mysql'; serials: readonly number[] }) =>
    `${placeNames[store]} has serials ${serials.join(', ')} for one user`,
  found_stores_differ: ({ first, second, ...difference }: { first: Place; second: Place } & ClaimDifference) =>
    `${placeNames[first]} and ${placeNames[second]}: ${differenceInWords(difference)}`,
  found_reserved_gone: ({ gone, reserved }: { gone: number; reserved: string }) =>
    `${gone} of the reserved serials ${reserved} had a claim that is gone`,
  found_vacant_differs: ({ issued, vacant, winners }: { issued: number; vacant: number; winners: number }) =>
    `the gate counts ${issued} issued, ${vacant} of them vacant, but there are ${winners} winners`,
  found_numbers_lost: ({ given, lost }: { given: number; lost: number }) =>
    `of ${given} numbers given, ${lost} above the stock are lost`,
  found_settled_differs: ({ settled, winners }: { settled: number; winners: number }) =>
    `the gate counts ${settled} settled, but there are ${winners} winners`,
  found_numbers_twofold: ({ given, twofold }: { given: number; twofold: number }) =>
    `of ${given} numbers given, ${twofold} are in two places`,
  found_unstored: ({ round, reason, detail }: { round: number; reason: string; detail: string }) =>
    `round ${round}: MySQL could not store it (${reason}: ${detail}), and it is not settled`,
  found_more_unstored: ({ more }: { more: number }) => `${more} more that MySQL could not store`,

  // The event itself.
  found_gate_lost: ({ why }: { why: string }) => `the gate is lost: ${why}`,
  found_field_differs: ({ field, row, gate }: { field: string; row: string; gate: string }) =>
    `${field} is ${row} in MySQL but ${gate} in the gate`,
  found_code_keys_differ: () => 'the code keys differ',
  found_change_pending: () => 'the gate has a pending change that the row may not have',
  found_reset_pending: ({ round, gateRound }: { round: number; gateRound: number }) =>
    `the event was reset to round ${round} in MySQL, but the gate still decides in round ${gateRound}: the sweep, or a repair, completes the reset`,
  found_unsold: ({ unsold }: { unsold: number }) =>
    `the round has left Redis as if it had ended, but ${unsold} of its coupons are unsold`,

  // Older rounds.
  found_leftovers: ({ round, claims }: { round: number; claims: number }) =>
    `round ${round} was removed from Redis, but some of its data is still there, and ${claims} claims wait`,
  found_claims_wait: ({ round, claims, since }: { round: number; claims: number; since: string | null }) =>
    `${claims} claims of round ${round} have waited since ${since ?? 'an unknown time'}`,
  found_round_differs: ({ round, winners, differing }: { round: number; winners: number; differing: number }) =>
    `round ${round} has ${winners} winners in Redis; MySQL lacks ${differing} of them or has them differently`,
  found_round_overwritten: ({ round }: { round: number }) =>
    `another program overwrote keys of round ${round} in Redis`,
} as const;
