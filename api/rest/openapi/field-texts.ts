/**
 * The meaning of each field, with an example. Keyed by the field's name, or by `Schema.name` if one name has several
 * meanings.
 */
export type FieldText = { description: string; example: unknown };

const text = (description: string, example: unknown): FieldText => ({ description, example });

const time = '2026-09-01T01:00:00.000Z';

const event: Record<string, FieldText> = {
  id: text('Id of the event.', 'ev_3kTq8hZ1'),
  eventId: text('Id of the event.', 'ev_3kTq8hZ1'),
  name: text('Name of the event.', 'Autumn coupon'),
  eventName: text('Name of the event.', 'Autumn coupon'),
  description: text('Text about the event, for users.', '10,000 KRW off for the first 1,000 people'),
  amount: text("Value of a coupon, in the currency's minor unit.", 10_000),
  currency: text('ISO 4217 code of the currency.', 'KRW'),
  imageUrl: text("Image for the event's page; https only.", 'https://shop.example/autumn.png'),
  imageAlt: text('Text that describes the image; null if the image is only decoration.', 'A red maple leaf'),
  terms: text('Terms of use.', 'One coupon for each order.'),
  useUrl: text('Where the coupon is used; https only.', 'https://shop.example/cart'),
  validUntil: text('The last moment at which the coupon can be used.', '2026-12-31T14:59:59.000Z'),
  triesMax: text('How many tries a user has in any `triesWindowMs`; null for no limit.', 5),
  triesWindowMs: text('The window of `triesMax`, in milliseconds.', 10_000),
  theme: text("Look of the event's page; null for the look of all pages.", {
    shopName: 'Shop',
    accentColor: '#1f5eff',
  }),
  shopName: text('Name in the header of the page.', 'Shop'),
  logoUrl: text('Wide image for the header; https only.', 'https://shop.example/logo.svg'),
  iconUrl: text("Square image for the browser's tab; https only.", 'https://shop.example/icon.png'),
  accentColor: text('Colour of the ticket and the buttons, as `#rrggbb`.', '#1f5eff'),
  radius: text('Shape of the corners: square, soft or round.', 'soft'),
  font: text('Typeface: system, serif or rounded.', 'system'),
  header: text('Whether the page has a header.', true),
  stock: text('Number of coupons in this round.', 1_000),
  issued: text('Number of coupons issued in this round.', 412),
  remaining: text('Number of coupons left in this round.', 588),
  opensAt: text('When the event opens. In a request, the time has an offset or is a local time in `timeZone`.', time),
  closesAt: text(
    'When the event stops accepting claims; null if it stays open until it is closed or sold out.',
    '2026-09-02T01:00:00.000Z',
  ),
  soldOutAt: text('When the last coupon was issued; null while coupons are left.', null),
  phase: text('The first of these that applies: closed, scheduled, paused, sold_out, open.', 'open'),
  serverTime: text('When the server answered, by the clock that decides when events open.', '2026-09-01T01:00:03.120Z'),
  timeZone: text('IANA time zone for times that have no offset.', 'Asia/Seoul'),
  listed: text('Whether the event is on the public list.', true),
  strategy: text('How the event decides claims. Fixed once the event is seeded.', 'redis-stream'),
  round: text('Round of the event. A reset begins the next round.', 1),
  version: text(
    'Number that grows with every change of the event. A change that names an older version is a conflict.',
    3,
  ),
  paused: text('Whether the event is paused. An event can be paused before it opens.', false),
  persisted: text('Number of claims in MySQL.', 412),
  outbox: text('Number of claims that wait to be stored in MySQL; null if Redis does not answer.', 0),
  outboxSince: text(
    'When the oldest claim that MySQL has not stored yet was decided; null if there is no such claim.',
    null,
  ),
  firstClaimedAt: text('When the first claim was decided; null before the first claim.', '2026-09-01T01:00:00.004Z'),
  needsApproval: text('Whether another admin must approve the event before it opens.', false),
  approvalAskedBy: text('Who made the change that needs approval; null if no change needs it.', null),
  seeded: text('Whether the event is in Redis, ready for its opening.', true),
  gateLost: text(
    'Whether Redis has lost the event, which then stops until it is repaired; null if Redis does not answer.',
    false,
  ),
  readiness: text('Whether the event is ready to open; null in lists and after changes.', null),
  armed: text('Whether every check passed.', true),
  checks: text('The checks and their results.', [
    {
      ...{ name: 'seeded', state: 'ok', detail: 'The event is in Redis.', action: null },
      ...{ detailReasons: [{ code: 'check_gate_there', params: {} }], actionReason: null },
    },
  ]),
  detail: text('What the check found.', 'The event is in Redis.'),
  detailReasons: text('The codes of `detail` with their parameters, from which a page can make its own sentence.', [
    { code: 'check_gate_there', params: {} },
  ]),
  actionReason: text('The code of `action` with its parameters; null if there is nothing to do.', null),
  add: text('Number of coupons to add to the stock.', 100),
  confirm: text('Name of the event, to confirm that the right event was chosen.', 'Autumn coupon'),
  fromSerial: text('The next serial to issue. Unissued serials below it stay reserved.', 500),
};

const claim: Record<string, FieldText> = {
  status: text('Outcome of the claim.', 'issued'),
  serial: text('Position of the claim in its round, from 1.', 412),
  code: text('Code of the coupon, masked for viewers.', 'W45C-J29D-N8GV-9WM9'),
  claimedAt: text('When the claim was decided.', '2026-09-01T01:00:00.731Z'),
  replayed: text('Whether you already had the coupon.', false),
  state: text(
    '`accepted`: the claim is safe in Redis and on its way to MySQL. `persisted`: the claim is in MySQL.',
    'persisted',
  ),
  userId: text("Id of the user, from the user's token.", 'kim'),
  persistedAt: text('When the claim was stored in MySQL; null until then.', '2026-09-01T01:00:00.802Z'),
  afterSerial: text('Lists claims after this serial; 0 begins with the first claim.', 0),
  fromAt: text('Lists claims from this time on.', time),
  order: text('Lists the first serials first (`asc`) or last (`desc`).', 'asc'),
  after: text('The `nextAfter` of the previous page.', 50),
  nextAfter: text('Pass it as `after` for the next page; null at the end.', 50),
  codes: text('Whether codes are shown in full or masked.', 'shown'),
  claims: text('The claims.', []),
  claim: text('The claim; null if there is none.', null),
  inRedis: text('State of the claim in Redis.', 'winner'),
  inOutbox: text('Whether the claim waits to be stored in MySQL; null if Redis did not answer.', false),
  inMySql: text('State of the claim in MySQL.', 'stored'),
  setAside: text('Why MySQL could not store the claim; null if it could.', null),
  otherRounds: text('Other rounds in which this user has a claim.', []),
  account: text('What happened to the claim, for people to read.', 'kim has serial 412 of round 1; it is stored.'),
  genuine: text('Whether the serial and code were issued to this user.', true),
  standing: text('State of this claim in the stores.', 'held'),
  restored: text('Whether this call restored the claim.', true),
  held: text('Whether the user has the claim now.', true),
  faults: text('Claims that MySQL could not store.', []),
  open: text('Number of unsettled faults, including faults beyond the limit.', 0),
  since: text('When MySQL refused the claim.', time),
  settledAt: text('When the fault was settled; null until then.', null),
  settledBy: text('Who settled the fault.', null),
  settledReason: text('What the operator decided.', null),
  at: text('When the action happened.', time),
};

const admin: Record<string, FieldText> = {
  cursor: text('The `nextCursor` of the previous page.', '1024'),
  nextCursor: text('Where the next page begins; null on the last page.', null),
  limit: text('Maximum number of entries in the answer.', 50),
  requestId: text('The `Idempotency-Key` of the call; null if the call had none.', 'b7c1f0'),
  reason: text('Reason for the action, for the audit trail.', 'The shop opens later'),
  events: text('The events.', []),
  entries: text('The entries, newest first.', []),
  actor: text('Who acted: a user id, or `key:<name>` for an API key.', 'the-operator'),
  role: text('Role of the caller.', 'operator'),
  keyId: text('Id of the API key that acted; null or absent for people.', null),
  door: text('Where the action came from.', 'api'),
  action: text('What was done.', 'event.pause'),
  before: text('Values before the action.', { paused: false }),
  after: text(
    'Values after the action. If the action was to view claims, this names the users whose claims were viewed.',
    { paused: true },
  ),
  sinceAt: text('Lists entries from this time on.', time),
  untilAt: text('Lists only what is before this time.', time),
  ttlSeconds: text('How long the key is valid, in seconds.', 2_592_000),
  expiresAt: text('When the key expires; null if it never does.', '2026-10-01T01:00:00.000Z'),
  createdBy: text('Who created the key.', 'the-admin'),
  createdAt: text('When the key was created.', time),
  lastUsedAt: text('When the key was last used, recorded about once a minute.', null),
  revokedAt: text('When the key was revoked; null if it was not.', null),
  key: text('The secret key. Only this answer contains it.', 'fcfs_k7GhQ2xZ9a_0123456789abcdefghijklmnopqrstuvwxyzAB'),
  apiKeys: text('The API keys, without their secrets.', []),
  cascade: text(
    'Whether to also revoke the keys that this key created, the keys that those keys created, and so on.',
    false,
  ),
  alsoRevoked: text('The other keys that this call revoked.', [{ id: 'k9', name: 'till' }]),
  repair: text('Whether to repair the differences that can be repaired.', false),
  pending: text('Claims on their way to MySQL.', 0),
  reserved: text('Serials that are reserved for users who can prove that they were issued to them.', 0),
  findings: text('Differences between the stores, by kind.', []),
  kind: text('Kind of difference.', 'missing_in_db'),
  count: text('Number of such differences.', 1),
  examples: text('The first few of these differences.', [
    {
      ...{ serial: 7, userId: 'kim', detail: 'among the winners, neither in MySQL nor in the outbox' },
      detailReason: { code: 'found_winner_only', params: {} },
    },
  ]),
  repaired: text('Number of differences repaired.', 0),
  verdict: text('Whether Redis and MySQL agree.', 'clean'),
  advice: text('What the repair did, and what only an operator can decide.', []),
  adviceReasons: text('The code of each of `advice` with its parameters, in the same order.', []),
  detailReason: text('The code of `detail` with its parameters; null if it has none.', {
    code: 'found_winner_only',
    params: {},
  }),
  approvalAbove: text('An event above one of these limits needs the approval of another admin. null is no limit.', {
    amount: null,
    stock: null,
  }),
  seedLead: text('How long before its opening an event is prepared in Redis, in seconds.', 60),
  seesCodes: text('Whether the caller sees codes in full.', true),
};

const figures: Record<string, FieldText> = {
  rounds: text('Figures of rounds.', []),
  outboxAge: text('How long the oldest unstored claim has been waiting for MySQL, in seconds.', 0),
  openingError: text('Time from the opening to the first claim, in seconds.', 0.004),
  sellout: text('Time from the opening to the last coupon, in seconds; null while coupons are left.', null),
  persistence: text('Time from the decision on a claim until MySQL stored the claim, in seconds.', {
    p50: 0.04,
    p99: 0.2,
    max: 0.4,
  }),
  p50: text('Median, in seconds.', 0.04),
  p90: text('90th percentile, in seconds.', 0.1),
  p99: text('99th percentile, in seconds.', 0.2),
  max: text('Maximum, in seconds.', 0.4),
  sum: text('Sum, in seconds.', 12.5),
  answers: text('Outcomes of the claim calls, and how long the decisions took.', []),
  outcome: text('Outcome of a call.', 'issued'),
  buckets: text(
    'Number of calls in each bucket of the duration metric. The last number counts the calls above the last bound.',
    [1, 0],
  ),
  claimsOverTime: text('Number of claims decided in each span of time.', { from: time, width: 1, counts: [412] }),
  from: text('When the first span begins.', time),
  width: text('Length of a span, in seconds.', 1),
  counts: text('Number of claims in each span.', [412]),
  lastClaimedAt: text('When the last claim was decided.', time),
  closedAt: text('When the event was closed; null if it was not.', null),
  storedAt: text('When the last claim was stored; null until the sale is over and all claims are stored.', time),
  peak: text('The span with the most claims; null without claims.', { at: time, width: 0.01, claims: 87 }),
  start: text('Claims in the first seconds, by time.', { from: time, width: 0.01, counts: [0, 87] }),
  whole: text('Claims in the whole sale, by time.', { from: time, width: 0.1, counts: [412] }),
  pauses: text('When the event was paused.', []),
  to: text('When the pause ended; null while it lasts.', null),
};

const ofSchemas: Record<string, FieldText> = {
  'Sale.openingError': text(
    'From the opening to the first claim, in seconds; null if nobody was waiting for the opening.',
    0.004,
  ),
  'Sale.at': text('When the span begins.', time),
  'Sale.claims': text('Number of claims.', 87),
  'CreateApiKeyBody.name': text('Name of the key in the audit trail.', 'scheduler'),
  'RevokeApiKeyBody.id': text('Id of the key.', 'k7GhQ2xZ9a'),
  'SettleClaimFaultBody.id': text('Number of the fault.', 7),
  'CreatedApiKey.name': text('Name of the key in the audit trail.', 'scheduler'),
  'CreatedApiKey.id': text('Id of the key.', 'k7GhQ2xZ9a'),
  'CreatedApiKey.state': text('Whether the key is valid.', 'live'),
  'RevokedApiKey.name': text('Name of the key in the audit trail.', 'scheduler'),
  'RevokedApiKey.id': text('Id of the key.', 'k7GhQ2xZ9a'),
  'RevokedApiKey.state': text('Whether the key is valid.', 'revoked'),
  'ApiKey.id': text('Id of the key.', 'k7GhQ2xZ9a'),
  'ApiKey.name': text('Name of the key in the audit trail.', 'scheduler'),
  'ApiKey.state': text('Whether the key is valid.', 'live'),
  'AuditEntry.id': text('Number of the entry.', 1_024),
  'AuditEntry.reason': text('Reason that the caller gave.', 'The shop opens later'),
  'ClaimFault.id': text('Number of the fault.', 7),
  'ClaimFault.detail': text('Explanation from MySQL.', 'Serial 412 is taken by another user.'),
  'ClaimFault.state': text(
    '`open` until an operator settles the fault; `stored` if the claim was stored after all.',
    'open',
  ),
  'ClaimFault.reason': text('Why MySQL could not store the claim.', 'serial_taken'),
  'ClaimHistory.state': text('What happened to the claim.', 'persisted'),
  'RestoredClaim.before': text('State of the claim in the stores before this call.', 'lost'),
  'Whoami.name': text('Name of the caller in the audit trail.', 'the-operator'),
  'ReconcileReport.issued': text('Number of claims that Redis has issued.', 412),
};

const texts: Record<string, FieldText> = { ...event, ...claim, ...admin, ...figures, ...ofSchemas };

/** The meaning of a schema's field; undefined if the field has no text yet, which a test reports. */
export const fieldText = (schema: string, name: string): FieldText | undefined =>
  Object.hasOwn(texts, `${schema}.${name}`)
    ? texts[`${schema}.${name}`]
    : Object.hasOwn(texts, name)
      ? texts[name]
      : undefined;
