import { grouped, twoDigits, type Moment } from '../figures.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Formats an ordinal: 1st, 2nd, 3rd, 4th. 11th, 12th and 13th are exceptions. */
const ordinal = (serial: number): string => {
  const isTeen = Math.floor(serial / 10) % 10 === 1;
  return `${grouped(serial)}${(isTeen ? undefined : ['th', 'st', 'nd', 'rd'][serial % 10]) ?? 'th'}`;
};
const coupons = (count: number): string => `${grouped(count)} ${count === 1 ? 'coupon' : 'coupons'}`;

/** Every text on the pages for users. A translation has the same keys. */
export const en = {
  language: 'English',
  languageShort: 'EN',
  moment: ({ year, month, day, weekday, hour, minute }: Moment) =>
    `${weekdays[weekday]} ${day} ${months[month]}${year === null ? '' : ` ${year}`}, ${hour}:${twoDigits(minute)}`,
  site: 'Firstcome',
  toMain: 'Skip to the content',
  nav: { label: 'Pages', events: 'Events', mine: 'My coupons', language: 'Language' },
  title: { list: 'Events', mine: 'My coupons' },
  loading: 'Loading…',
  /** The word after the figure, as in "₩10,000 off". */
  off: 'off',
  list: {
    none: 'No events right now',
    noneMore: 'New coupons will appear here. Coupons you already have are under “My coupons”.',
    toMine: 'See my coupons',
    phase: { scheduled: 'Opening soon', open: 'Open now', paused: 'On hold', sold_out: 'All gone', closed: 'Ended' },
    have: 'You have it',
  },
  event: {
    opens: 'Opens',
    closes: 'Ends',
    stockLabel: 'Coupons',
    stock: (stock: number) => `${grouped(stock)}, one per person`,
    remaining: (left: number, stock: number) => `${grouped(left)} of ${grouped(stock)} left`,
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
    troubleMore: 'We’re still trying. Please stay on this page for a moment.',
    retry: 'Try again now',
  },
  share: {
    action: 'Share',
    copied: 'Link copied',
    failed: 'Copy the address from your browser to share it.',
    calendar: 'Add to calendar',
    calendarNote: 'Coupons become available at this time, first come, first served.',
  },
  claim: {
    action: 'Get the coupon',
    wait: 'Opening soon',
    ready: 'You can press this button as soon as the event opens. No need to refresh.',
    open: 'First come, first served. One tap is enough.',
    asking: 'Claiming…',
    askingMore: 'Just a moment.',
    undecided: 'Still checking…',
    undecidedMore:
      'A lot of people are claiming right now. Your claim may already be in. We’re still checking, so please stay on this page. You won’t get two by mistake.',
    offline: 'You’re offline. We’ll continue as soon as you’re back online.',
    early: 'Almost there…',
    earlyMore: 'Your device’s clock is a little fast. We’ll claim for you the moment the event opens.',
    moved: (time: string) => `The opening has moved to ${time}.`,
    soldOut: 'All coupons are gone',
    soldOutMark: 'Sold out',
    soldOutMore: (stock: number, took: string) => `${coupons(stock)} went in ${took}.`,
    soldOutPlain: 'Every coupon has been claimed. Thank you for trying.',
    next: 'More events',
    paused: 'On hold for a moment',
    pausedMore: 'The button will come back when the event resumes. The coupons are still there. No need to refresh.',
    closed: 'This event has ended',
    closedMark: 'Ended',
    closedMore: 'No more coupons are available. If you already have one, you can still use it.',
    signIn: 'Please sign in',
    signInMore: 'Sign in to get your coupon. You’ll come back to this page.',
    signInAction: 'Sign in',
    retry: 'Try again',
    refused: 'This coupon can’t be claimed',
    refusedMore: 'Something is wrong with this event. Please contact customer service.',
  },
  coupon: {
    title: 'You got it!',
    again: 'Your coupon',
    serial: (serial: number) => ordinal(serial),
    place: (serial: number) => `You were ${ordinal(serial)} in line.`,
    code: 'Coupon code',
    copy: 'Copy',
    copied: 'Code copied',
    notCopied: 'We couldn’t copy the code. It’s selected, so you can copy it yourself.',
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
    offline: 'No connection right now. This is the copy on your device.',
  },
  mine: {
    none: 'No coupons yet',
    noneMore: 'Coupons you get will appear here. See which events are open now.',
    lag: 'A coupon you’ve just claimed may take a few seconds to appear.',
    failed: 'We can’t load your coupons right now. We’re still trying.',
    signInMore: 'Sign in to see your coupons.',
  },
  duration: {
    seconds: (seconds: string) => `${seconds} s`,
    minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
    hours: (hours: number, minutes: number) => `${grouped(hours)} h ${minutes} min`,
  },
};

type Same<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Same<T[K]> };

export type Messages = Same<typeof en>;
