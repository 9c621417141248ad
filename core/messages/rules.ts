/**
 * What is wrong with a field. Each entry has a code, and makes an English sentence from its parameters. The sentence
 * continues after the field's name.
 */
export const rules = {
  text: () => 'must be text',
  text_length: ({ what, min, max }: { what: string; min: number; max: number }) =>
    `must be ${what} of ${min === 0 ? 'at most' : `${min} to`} ${max} characters`,
  too_long: ({ max }: { max: number }) => `must be at most ${max} characters`,
  blank: () => 'must not be blank',
  half_character: () => 'must not contain half a character (an unpaired surrogate)',
  control_characters: () => 'must not contain control characters',
  nul_characters: () => 'must not contain NUL characters',
  whole_number: ({ what, max }: { what: string; max: number }) =>
    `must be a whole number ${what === '' ? '' : `${what} `}from 1 to ${max}`,
  whole_from_0: ({ max }: { max: number }) => `must be a whole number from 0 to ${max}`,
  whole_seconds: () => 'must be a whole number of seconds, 1 or more',
  true_or_false: () => 'must be true or false',
  one_of: ({ allowed }: { allowed: readonly string[] }) => `must be one of ${allowed.join(', ')}`,
  not_offered: ({ allowed, strategy }: { allowed: readonly string[]; strategy: string }) =>
    `must be one of ${allowed.join(', ')} (${strategy} needs a system that was started with FIRSTCOME_UNSAFE=1)`,
  event_id: () => 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -',
  printable_id: () => 'must be 1 to 128 printable ASCII characters without spaces',
  key_name: () => 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and begin with a letter or digit',
  key_id: () => 'must be the id of an API key, as the list of keys shows it',
  audit_action: () => 'must be an action such as event.pause',
  cursor: () => 'must be the nextCursor of the previous page',
  code: () => 'must be 16 letters and digits, such as W45C-J29D-N8GV-9WM9',
  currency: ({ suggestions }: { suggestions: readonly string[] }) =>
    `must be an ISO 4217 currency code, such as KRW${didYouMean(suggestions, '.')}`,
  body_object: () => 'The body must be a JSON object.',
  body_event_id: () => 'The body must be a JSON object with an eventId.',
  body_empty: () => 'The body must be empty, or an empty JSON object.',
  given_in_path: () => 'is already in the path, so leave it out',
  given_twice: () => 'is in the query more than once',
  other_idempotency_key: () => 'differs from the header Idempotency-Key',
  invalid_field: () => 'is not valid',
  unknown_field: () => 'is not a field of this call',
  reason_to_settle: () => 'is missing: say why you settle the claim',

  event_name: () => "must be the event's name",
  other_event_name: () => "is not the event's name",
  open_cut: ({ from, to, issued }: { from: number; to: number; issued: number }) =>
    "must be the event's name, because the event is open: " +
    `this would cut its stock from ${from} to ${to}, with ${issued} issued already` +
    (to <= issued ? ', so nobody else would get a coupon' : ''),
  stock_above_max: ({ stock, max }: { stock: number; max: number }) =>
    `would raise the stock to ${stock}, above ${max}`,

  theme: () => 'must be an object such as {"accentColor":"#d6291e"}',
  theme_entries: ({ allowed, given }: { allowed: readonly string[]; given: readonly string[] }) =>
    `has no ${given.filter((name) => !allowed.includes(name)).join(', ')}; it may have ${allowed.join(', ')}`,
  colour: () => 'must be a colour such as #d6291e',
  url: () => 'must be a URL that begins with https://, such as https://shop.example/coupons',
  url_length: ({ max }: { max: number }) => `must be a URL of at most ${max} characters`,
  url_characters: () => 'must not contain spaces, backslashes or control characters',
  url_password: () => 'must not contain a user name or password',
  url_not_https: () => 'must begin with https://; http:// is for localhost only',

  time: () => 'must be a date and time such as 2026-09-01T10:00:00+09:00',
  time_offset: () => 'needs an offset such as +09:00 or Z, or a timeZone such as Asia/Seoul',
  time_zone: () => 'must be an IANA time zone such as Asia/Seoul',
  time_zone_unread: ({ timeZone }: { timeZone: string }) => `can't be read, because ${timeZone} is not a time zone`,
  time_not_real: () => 'is a date, time or offset that does not exist',
  time_twice: ({ timeZone, offsets: [first, second] }: { timeZone: string; offsets: readonly [string, string] }) =>
    `happens twice in ${timeZone}: give the offset that you mean, ${first} or ${second}`,
  time_skipped: ({ timeZone }: { timeZone: string }) =>
    `does not exist in ${timeZone}, where the clocks skip it: give a time with an offset`,
  time_too_late: () => 'is after the year 9999',
  time_ahead: () => 'must be in the future',
  time_too_far: ({ days }: { days: number }) =>
    `must be at most ${days} days ahead; to go beyond that, choose no expiry`,
  time_past: ({ now }: { now: string }) => `is in the past: it is ${now} now`,
  needed_with: ({ field }: { field: string }) => `must be set together with ${field}, or neither of them`,
  time_after: ({ field }: { field: string }) => `must be after ${field}`,
  held_time_after: ({ field, held }: { field: string; held: string }) =>
    `must be after ${field}, which is now ${held}: set a later ${field} first`,
} as const;

/** Returns ` Did you mean KRW?` after `end`, or an empty string if there is nothing to suggest. */
export function didYouMean(suggestions: readonly string[], end = ''): string {
  const [first, ...more] = suggestions;
  if (first === undefined) return '';
  return `${end} Did you mean ${more.length === 0 ? first : `one of ${suggestions.join(', ')}`}?`;
}
