export const people = {
  claims: 'Claims',
  claimsOf: (event: string) => `Claims: ${event}`,
  tabs: { list: 'All claims', one: 'One claim', check: 'Check a coupon', export: 'Export' },
  person: 'People',
  personAbout: 'All coupons that one person has received, from all events.',
  lookupsAreNoted: 'The audit trail records every time you view users’ claims.',
  codesAreMasked: 'Viewers see only the first four characters of a code.',
  lookUp: 'Look up',
  by: 'By',
  userId: 'User',
  serial: 'Serial',
  code: 'Code',
  claimedAt: 'Claimed',
  storedAfter: 'Stored after',
  from: 'Claimed from',
  until: 'Claimed before',
  order: 'Order',
  orders: { asc: 'First ones first', desc: 'Last ones first' },
  shown: 'Show',
  kinds: { stored: 'Stored claims', accepted: 'Claims being stored', set_aside: 'Claims that could not be stored' },
  find: 'Find',
  clear: 'Clear the filters',
  none: 'No claim matches.',
  searching: (serial: string) => `Searched up to serial ${serial}. Still searching…`,
  onTheWay: (count: string) => `${count} accepted claims are being stored. They appear here in a moment.`,
  history: (user: string) => `What ${user} has got`,
  noHistory: (user: string) => `${user} has got no coupon that is stored.`,
  historyCount: (count: number) => (count === 1 ? 'One coupon.' : `${count} coupons, newest first.`),
  inOneEvent: 'To see why somebody got nothing in one event, look the person up among its claims.',
  oneClaim: 'Look up one claim',
  oneClaimAbout: 'By user, serial or code. Also finds claims that are still being stored.',
  verifyTitle: 'Check a coupon',
  verifyAbout: 'Was this code really issued to this person?',
  verify: 'Check',
  genuine: 'Genuine.',
  notGenuine: 'Not genuine.',
  seconds: (seconds: string) => `${seconds} s`,
  minutes: (minutes: string) => `${minutes} min`,
  /** `nth` is a serial as an ordinal: 37th. */
  got: ({ user, nth, event, day, time }: { user: string; nth: string; event: string; day: string; time: string }) =>
    `${user} claimed the ${nth} coupon of ${event} on ${day} at ${time}`,
  nth: (serial: number) => `${serial.toLocaleString('en')}${ending(serial)}`,
  storedLater: (got: string, after: string) => `${got}, stored ${after} later.`,
  ended: {
    accepted: (got: string) => `${got}. The claim is safe, and is being stored.`,
    deciding: 'The claim is being decided right now. Look again in a few seconds.',
    set_aside: (got: string) => `${got}, but the claim could not be stored. An operator must decide about it.`,
    settled: (got: string, who: string, why: string) =>
      `${got}, but the claim could not be stored. ${who} has decided about it: ${why}`,
    differs: (got: string) => `${got}, but the records contradict each other. Ask an operator to compare them.`,
    none: (round: number) => `There is no such claim in round ${round}.`,
    unknown: (round: number) =>
      `No such claim is stored in round ${round}, but part of the system did not answer, so there may be one. Look again later.`,
  },
  otherRounds: (rounds: string) => `The same person also has a coupon from round ${rounds}.`,
  standings: {
    held: 'This code was issued to this person, who still has the coupon.',
    lost: 'This code was issued to this person, but the claim was lost. An operator can restore it.',
    taken:
      'This code was issued to this person, but somebody else has the serial now. An operator has to decide who keeps it.',
    moved: 'This code was issued to this person, who now has another serial of that round.',
    unclear: 'This code was issued to this person. The system can’t tell right now whether the claim still exists.',
    forged: 'This code was never issued for this event, person and serial.',
  },
  states: {
    ...{ persisted: 'Stored', accepted: 'Being stored', deciding: 'Being decided', set_aside: 'Not stored' },
    ...{ differs: 'Contradictory', none: 'None', unknown: 'Unknown' },
  },
  settledBy: (who: string) => `Decided by ${who}`,
  open: 'Not decided yet',
  faults: {
    serial_taken: 'Somebody else has this serial.',
    duplicate_user: 'The person already has a coupon.',
    duplicate_code: 'The code exists already.',
    over_stock: 'There are not that many coupons.',
    unknown_round: 'The round does not exist.',
    malformed: 'The record is damaged.',
  },
};

function ending(value: number): string {
  const [tens, ones] = [Math.floor(value / 10) % 10, value % 10];
  if (tens === 1) return 'th';
  return ones === 1 ? 'st' : ones === 2 ? 'nd' : ones === 3 ? 'rd' : 'th';
}
