/**
 * Every name by which our traces are searched. Names that OpenTelemetry's semantic conventions define are theirs; the
 * others begin with `firstcome.`. Nothing here may identify a user or contain a code.
 */

/** The names of our own spans. A call of a server is named by what it calls: `POST /trpc/claim.submit`, `INSERT claims`. */
export const spanNames = {
  /** One claim, from the call to its outcome. */
  claim: 'claim.submit',
  /** The decision. With a gate, one decision is shared by all claims of a batch. */
  decide: 'claims.decide',
  /** One claim on its way into MySQL, until it is certain that MySQL has it. */
  store: 'claim.store',
  /** A drain's step: a part of an outbox on its way into MySQL. */
  drain: 'outbox.drain',
  /** Numbers of a counter strategy become claims, in Redis. */
  settle: 'units.settle',
  /** The wait for an event's lock in Redis. */
  lock: 'lock.acquire',
  /** Counts users' tries at an event. */
  tries: 'tries.count',
} as const;

export const attributeNames = {
  eventId: 'firstcome.event.id',
  round: 'firstcome.round',
  strategy: 'firstcome.strategy',
  /** `issued`, `sold_out`, ... */
  outcome: 'firstcome.claim.outcome',
  serial: 'firstcome.claim.serial',
  replayed: 'firstcome.claim.replayed',
  /** How many claims share the step. */
  claims: 'firstcome.claims',
  /** How long ago the claim was decided, when its way into MySQL began. */
  waitedMs: 'firstcome.outbox.waited_ms',
  /** Why MySQL could not store the claim. */
  setAside: 'firstcome.claim.set_aside',
  /** How many calls one HTTP request has. */
  calls: 'firstcome.calls',
  job: 'firstcome.job',
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  urlPath: 'url.path',
  urlScheme: 'url.scheme',
  protocolVersion: 'network.protocol.version',
  dbSystem: 'db.system.name',
  dbOperation: 'db.operation.name',
  dbCollection: 'db.collection.name',
  dbProcedure: 'db.stored_procedure.name',
} as const;

export type AttributeName = (typeof attributeNames)[keyof typeof attributeNames];
export type Attributes = Readonly<Partial<Record<AttributeName, string | number | boolean>>>;
