import type { Language } from '../../shared/language.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import type { Outputs } from '../shell/session.ts';

type History = Outputs['admin']['claim']['show'];
type Won = { userId: string; serial: number; claimedAt: string };

/** Formats a time to the millisecond, in the reader's zone. */
export const preciseTime = (language: Language, at: string): string =>
  new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    year: new Date(at).getFullYear() === new Date().getFullYear() ? undefined : 'numeric',
    ...{ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    ...{ fractionalSecondDigits: 3, hour12: false },
  }).format(Date.parse(at));

/** Formats the time between a claim and its storage in MySQL: "0.3 s". */
export function storedAfter({ people }: ConsoleMessages, claimedAt: string, persistedAt: string): string {
  const ms = Math.max(0, Date.parse(persistedAt) - Date.parse(claimedAt));
  if (ms >= 120_000) return people.minutes(String(Math.round(ms / 60_000)));
  const seconds = ms / 1_000;
  return people.seconds(seconds < 0.1 ? seconds.toFixed(3) : seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0));
}

/** Formats a claim's day and time separately, for use in a sentence. */
function dayAndTime(language: Language, at: string): { day: string; time: string } {
  const locale = language === 'ko' ? 'ko-KR' : 'en-GB';
  const ms = Date.parse(at);
  const day = new Intl.DateTimeFormat(locale, {
    year: new Date(ms).getFullYear() === new Date().getFullYear() ? undefined : 'numeric',
    ...{ month: 'long', day: 'numeric' },
  });
  const time = new Intl.DateTimeFormat(locale, {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false },
  });
  return { day: day.format(ms), time: time.format(ms) };
}

type Context = { words: ConsoleMessages; language: Language; event: string };

const gotIt = ({ words: { people }, language, event }: Context, { userId, serial, claimedAt }: Won): string =>
  people.got({ user: userId, nth: people.nth(serial), event, ...dayAndTime(language, claimedAt) });

/** "kim claimed the 37th coupon of Summer sale at 10:00:00.214, stored 0.3 s later." */
export function storedInWords(context: Context, claim: Won & { persistedAt: string | null }): string {
  const { people } = context.words;
  const got = gotIt(context, claim);
  if (claim.persistedAt === null) return people.ended.accepted(got);
  return people.storedLater(got, storedAfter(context.words, claim.claimedAt, claim.persistedAt));
}

/** Says in sentences what became of a claim. */
export function historyInWords(context: Context, history: History): string {
  const { people } = context.words;
  const { otherRounds } = history;
  const others = otherRounds.length === 0 ? '' : ` ${people.otherRounds(otherRounds.join(', '))}`;
  return `${endOf(context, history)}${others}`;
}

function endOf(context: Context, { state, claim, persistedAt, round, setAside }: History): string {
  const { ended } = context.words.people;
  if (claim === null)
    return state === 'deciding' ? ended.deciding : ended[state === 'unknown' ? 'unknown' : 'none'](round);
  const got = gotIt(context, claim);
  switch (state) {
    case 'persisted':
      return storedInWords(context, { ...claim, persistedAt });
    case 'accepted':
      return ended.accepted(got);
    case 'deciding':
      return ended.deciding;
    case 'set_aside':
      return setAside?.settledBy == null
        ? ended.set_aside(got)
        : ended.settled(got, setAside.settledBy, setAside.settledReason ?? '');
    case 'differs':
      return ended.differs(got);
    case 'none':
      return ended.none(round);
    case 'unknown':
      return ended.unknown(round);
  }
}
