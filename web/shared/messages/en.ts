const ordinals = { zero: 'th', one: 'st', two: 'nd', few: 'rd', many: 'th', other: 'th' };
const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' });
const numbers = new Intl.NumberFormat('en');
const coupons = (count: number): string => `${numbers.format(count)} ${count === 1 ? 'coupon' : 'coupons'}`;

/** Every text of the pages for users. Other languages have the same keys. */
export const en = {
  language: 'English',
  languageShort: 'EN',
  site: 'Firstcome',
  toMain: 'Skip to the content',
  nav: { label: 'Pages', events: 'Events', mine: 'My coupons', language: 'Language' },
  title: { list: 'Events', mine: 'My coupons' },
  loading: 'Loading…',
  /** The words after the figure in "₩10,000 off". The figure itself is in large type. */
  off: 'off',
  list: {
    none: 'No events right now',
    noneMore: 'New coupons will appear here. Coupons that you already have are under “My coupons”.',
    toMine: 'See my coupons',
    phase: { scheduled: 'Opening soon', open: 'Open now', paused: 'On hold', sold_out: 'All gone', closed: 'Ended' },
    have: 'You have it',
  },
  event: {
    opens: 'Opens',
    closes: 'Ends',
    stockLabel: 'Coupons',
    stock: (stock: number) => `${numbers.format(stock)}, one per person`,
    remaining: (left: number, stock: number) => `${numbers.format(left)} of ${numbers.format(stock)} left`,
    remainingLabel: 'Coupons left',
    lowStock: 'Almost gone',
    countdown: 'Opens in',
    units: { days: 'days', hours: 'hours', minutes: 'min', seconds: 'sec' },
    days: (days: number) => (days === 1 ? '1 day' : `${days} days`),
    untilOpen: { minute: 'One minute until the opening.', seconds: 'Ten seconds until the opening.' },
    openNow: 'The event is open.',
    ended: 'This event has ended',
    about: 'About this coupon',
    terms: 'Terms',
    validUntil: 'Valid until',
    notFound: 'We couldn’t find this event',
    notFoundMore: 'The link may be wrong, or the event is no longer available.',
    toList: 'See all events',
    trouble: 'We can’t reach the server',
    troubleMore: 'We keep trying. Please stay on this page for a moment.',
    retry: 'Try again now',
  },
  share: {
    action: 'Share',
    copied: 'Link copied',
    failed: 'Copy the address from your browser to share it.',
    calendar: 'Add to calendar',
    calendarNote: 'Coupons open at this time, first come, first served.',
  },
  claim: {
    action: 'Get the coupon',
    wait: 'Opening soon',
    ready: 'This button switches on at the opening. No need to refresh.',
    open: 'First come, first served. One tap is enough.',
    asking: 'Claiming…',
    askingMore: 'Just a moment.',
    undecided: 'Still checking…',
    undecidedMore:
      'Many people are claiming right now. Yours may already be in: we keep checking, so please stay on this page. You can’t get two by mistake.',
    offline: 'You’re offline. We continue as soon as you’re connected again.',
    early: 'Almost there…',
    earlyMore: 'Your device’s clock is a little fast. We claim for you right at the opening.',
    moved: (time: string) => `The opening has moved to ${time}.`,
    soldOut: 'All coupons are gone',
    soldOutMark: 'Sold out',
    soldOutMore: (stock: number, took: string) => `${coupons(stock)} went in ${took}.`,
    soldOutPlain: 'Every coupon has been claimed. Thank you for trying.',
    next: 'More events',
    paused: 'On hold for a moment',
    pausedMore: 'The button comes back here when the event continues. Nothing is lost, and there’s no need to refresh.',
    closed: 'This event has ended',
    closedMark: 'Ended',
    closedMore: 'No more coupons are given out. Coupons that people already have stay valid.',
    signIn: 'Please sign in',
    signInMore: 'Sign in to get your coupon. You come back to this page afterwards.',
    signInAction: 'Sign in',
    retry: 'Try again',
    refused: 'This coupon can’t be claimed',
    refusedMore: 'Something is wrong with this event. Please contact customer service.',
  },
  coupon: {
    title: 'You got it!',
    again: 'Your coupon',
    serial: (serial: number) => `${numbers.format(serial)}${ordinals[ordinalRules.select(serial)]}`,
    place: (serial: number) => `You were ${numbers.format(serial)}${ordinals[ordinalRules.select(serial)]} in line.`,
    code: 'Coupon code',
    copy: 'Copy',
    copied: 'Code copied',
    notCopied: 'Copying didn’t work here. The code is selected, so you can copy it by hand.',
    scan: 'Show this at the till.',
    qr: 'QR code of the coupon',
    barcode: 'Barcode of the coupon',
    use: 'Use the coupon',
    expired: 'Expired',
    details: 'Details',
    number: 'Number',
    claimedAt: 'Claimed',
    stored: 'Record',
    accepted: 'Confirmed; being saved',
    persisted: 'Confirmed and saved',
    offline: 'You’re offline. This coupon is shown from your device.',
  },
  mine: {
    none: 'No coupons yet',
    noneMore: 'Coupons that you get appear here. See which events are open now.',
    lag: 'A coupon that you have just got may take a few seconds to appear.',
    failed: 'We can’t load your coupons right now. We keep trying.',
    signInMore: 'Sign in to see your coupons.',
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
