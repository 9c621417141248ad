const ordinals = { zero: 'th', one: 'st', two: 'nd', few: 'rd', many: 'th', other: 'th' };
const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' });
const numbers = new Intl.NumberFormat('en');
const coupons = (count: number): string => `${numbers.format(count)} ${count === 1 ? 'coupon' : 'coupons'}`;

/** Everything that the pages for users say. Other languages have the same keys. */
export const en = {
  language: 'English',
  site: 'Firstcome',
  toMain: 'Skip to the content',
  nav: { label: 'Pages', events: 'Events', mine: 'My coupons', language: 'Language' },
  title: { list: 'Events', mine: 'My coupons' },
  loading: 'Loading…',
  list: {
    none: 'There are no events now.',
    phase: { scheduled: 'Opens soon', open: 'Open now', paused: 'Paused', sold_out: 'All gone', closed: 'Over' },
  },
  event: {
    stock: (stock: number) => `${coupons(stock)}, one per person`,
    remaining: (left: number, stock: number) => `${numbers.format(left)} of ${numbers.format(stock)} left`,
    remainingLabel: 'Coupons left',
    opensAt: (time: string) => `Opening: ${time}`,
    closesAt: (time: string) => `Closing: ${time}`,
    countdown: 'Time until the opening',
    days: (days: number) => (days === 1 ? '1 day' : `${days} days`),
    untilOpen: { minute: 'One minute until the opening.', seconds: 'Ten seconds until the opening.' },
    openNow: 'The event is open.',
    notFound: 'There is no such event.',
    stale: 'The numbers can’t be refreshed now. Trying again.',
  },
  claim: {
    action: 'Get my coupon',
    wait: 'Not open yet',
    ready: 'The button comes alive at the opening. Nothing to reload.',
    open: 'First come, first served. One click is enough.',
    asking: 'Asking…',
    askingMore: 'Your place is decided by the server.',
    undecided: 'Still asking…',
    undecidedMore:
      'The answer was lost or the server is busy. Your claim may already be in; we keep asking, and you can’t get two. Please stay on this page.',
    offline: 'You are offline. We ask again as soon as the network is back.',
    early: 'A moment too early',
    earlyMore: 'This device’s clock is slightly ahead. Your claim is sent again at the opening by itself.',
    moved: (time: string) => `The opening was moved: ${time}.`,
    soldOut: 'All coupons are gone',
    soldOutMore: (stock: number, took: string) => `${coupons(stock)} went in ${took}.`,
    soldOutPlain: 'Every one of them is taken. Thank you for trying.',
    paused: 'Paused for a moment',
    pausedMore: 'The event is paused. The button comes back here when it goes on; nothing is lost.',
    closed: 'The event is over',
    closedMore: 'No more coupons are given out. Coupons that were given stay valid.',
    signIn: 'Please sign in',
    signInMore: 'We could not tell who you are. Sign in again, then come back to this page.',
    retry: 'Try again',
    refused: 'This can’t be claimed',
    refusedMore: 'The server does not take this claim. Please tell the people who run this event.',
  },
  coupon: {
    title: 'You got it!',
    again: 'Your coupon',
    place: (serial: number) => `You were ${numbers.format(serial)}${ordinals[ordinalRules.select(serial)]} in line.`,
    code: 'Coupon code',
    copy: 'Copy the code',
    copied: 'The code is copied.',
    notCopied: 'Copying did not work here. The code is marked: copy it by hand.',
    accepted: 'It is yours. Writing it into the books…',
    persisted: 'It is yours, and stored for good.',
    claimedAt: (time: string) => `Claimed ${time}`,
  },
  mine: {
    none: 'No coupons yet.',
    lag: 'A coupon that you have just got appears here a few seconds later.',
    failed: 'Your coupons can’t be listed now. Trying again.',
  },
  duration: {
    seconds: (seconds: string) => `${seconds} s`,
    minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
    hours: (hours: number, minutes: number) => `${numbers.format(hours)} h ${minutes} min`,
  },
};

type Same<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Same<T[K]> };

export type Messages = Same<typeof en>;
