import type { IncomingMessage, ServerResponse } from 'node:http';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Claims } from '../core/engines/claims.ts';
import { overLimit, type LimitName } from '../core/limits/over-limit.ts';
import type { Lane } from '../core/metrics/metric.ts';
import type { Authentication } from './authentication.ts';
import { corsHeaders, varyOf } from './cors.ts';
import { asTrpcError, errorHeaders, errorShape } from './errors.ts';
import { batchCallsMax } from './http-limits.ts';
import type { Limits } from './limits/limits.ts';
import type { RefusalPace } from './limits/refusal-pace.ts';
import { createPlainReader, jsonBodyBytes, parseJson, readBody } from './plain-request.ts';
import { submitClaim, submitClaimInput, type ObserveClaim } from './submit-claim.ts';

export type HotLaneDeps = {
  claims: Claims;
  authentication: Pick<Authentication, 'userAtOnce'>;
  corsOrigins: readonly string[];
  observeClaim: ObserveClaim;
  countRequest: (lane: Lane, status: number) => void;
  /** Called for each error, as tRPC's adapter calls its `onError`. */
  onError: (error: TRPCError, path: string) => void;
  /** Whether connections must be closed after their next answer. */
  isClosing: () => boolean;
  /** Null if calls are not limited. */
  limits: Pick<Limits, 'calls'> | null;
  pace: RefusalPace;
};

export type HotLane = {
  /** Handles a request and returns true, or returns false and leaves the request untouched. */
  take(req: IncomingMessage, res: ServerResponse): boolean;
  /** The number of complete requests without an answer yet. */
  inHand(): number;
};

/** One call's answer: its JSON, and its error if it has one. */
export type Answer = { json: string; error: TRPCError | null };

const path = 'claim.submit';

/**
 * Serves `claim.submit`, single and in batches, directly from `node:http`. Uses the procedure's schema, handler and
 * errors, but skips Express, Fetch objects and tRPC's middlewares, which take four fifths of the time. Takes only plain
 * requests, judged by method, URL and headers; tRPC's Express adapter handles the others. Both lanes give the same
 * answers: tests/api/differential.test.ts compares them.
 */
export const createHotLane = (deps: HotLaneDeps): HotLane => new SubmitLane(deps);

/** Where to send the answers to a request, and in which form. */
type Reply = { res: ServerResponse; origin: string | undefined; calls: number };

class SubmitLane implements HotLane {
  readonly #deps: HotLaneDeps;
  readonly #headersFor: (origin: string | undefined) => string[];
  readonly #readPlain = createPlainReader();
  #inHand = 0;

  constructor(deps: HotLaneDeps) {
    this.#deps = deps;
    this.#headersFor = createHeaders(deps.corsOrigins);
  }

  inHand(): number {
    return this.#inHand;
  }

  take(req: IncomingMessage, res: ServerResponse): boolean {
    if (req.method !== 'POST' || req.url === undefined) return false;
    const calls = callsOfUrl.get(req.url);
    if (calls === undefined) return false;
    const plain = this.#readPlain(req.rawHeaders);
    const bodyBytes = plain === null ? 0 : jsonBodyBytes(plain);
    if (plain === null || bodyBytes === 0) return false;
    const reply: Reply = { res, origin: plain.origin, calls };

    let userId: string;
    try {
      const user = this.#deps.authentication.userAtOnce(plain.authorization);
      // If the token can't be checked at once, tRPC's Express adapter handles the request and waits for the check.
      if (user === null) return false;
      userId = user.userId;
    } catch (err) {
      // The token is checked before the body is read, as in tRPC.
      this.#refuseToken(req, reply, err);
      return true;
    }
    const count = Math.max(calls, 1);
    const allowed = this.#deps.limits === null ? count : this.#deps.limits.calls.ofUser('hot', userId, 'claims', count);
    if (allowed === 0) this.#refuseLater(reply, 'user_claims');
    else readBody(req, bodyBytes, (body) => this.#answer(reply, userId, body, allowed));
    return true;
  }

  #answer(reply: Reply, userId: string, body: Buffer, allowed: number): void {
    const { calls } = reply;
    let inputs: unknown[];
    try {
      inputs = calls === single ? [parseJson(body)] : batchInputs(parseJson(body), calls);
    } catch (err) {
      this.#refuseAll(reply, err);
      return;
    }
    this.#inHand += 1;
    if (calls === single) {
      void this.#submit(userId, inputs[0]).then((answer) => {
        this.#inHand -= 1;
        this.#sendSingle(reply, answer);
      });
    } else {
      const submitted = inputs.map((input, at) =>
        at < allowed ? this.#submit(userId, input) : Promise.resolve(this.#refuse(overLimit('user_claims'))),
      );
      void Promise.all(submitted).then((answers) => {
        this.#inHand -= 1;
        this.#sendBatch(reply, answers);
      });
    }
  }

  #submit(userId: string, input: unknown): Promise<Answer> {
    const parsed = submitClaimInput.safeParse(input);
    return parsed.success
      ? submitClaim(this.#deps, userId, parsed.data).then(accept, (cause: unknown) => this.#refuse(cause))
      : Promise.resolve(this.#refuse(new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error }), input));
  }

  #refuse(cause: unknown, input?: unknown): Answer {
    const error = asTrpcError(cause);
    this.#deps.onError(error, path);
    return { json: JSON.stringify({ error: errorShape(error, path, { type: 'mutation', input }) }), error };
  }

  #refuseAll(reply: Reply, cause: unknown): void {
    if (reply.calls === single) return this.#sendSingle(reply, this.#refuse(cause));
    const answers = Array.from({ length: reply.calls }, () => this.#refuse(cause));
    this.#sendBatch(reply, answers);
  }

  #refuseToken(req: IncomingMessage, reply: Reply, cause: unknown): void {
    const { limits } = this.#deps;
    const count = Math.max(reply.calls, 1);
    const allowed = limits === null ? count : limits.calls.ofAddress('hot', req, count);
    if (allowed === 0) return this.#refuseLater(reply, 'address');
    if (allowed === count) return this.#refuseAll(reply, cause);
    const answers = Array.from({ length: count }, (_, at) => this.#refuse(at < allowed ? cause : overLimit('address')));
    this.#sendBatch(reply, answers);
  }

  #refuseLater(reply: Reply, limit: LimitName): void {
    this.#inHand += 1;
    this.#deps.pace(() => {
      this.#inHand -= 1;
      this.#refuseAll(reply, overLimit(limit));
    });
  }

  #sendSingle({ res, origin }: Reply, { json, error }: Answer): void {
    const headers = this.#headersFor(origin);
    if (error === null) return this.#send(res, 200, headers, json);
    headers.push(...errorHeaders([error]).flat());
    this.#send(res, getHTTPStatusCodeFromError(error), headers, json);
  }

  #sendBatch({ res, origin }: Reply, answers: Answer[]): void {
    const { status, headers, json } = batchReply(answers);
    this.#send(res, status, [...this.#headersFor(origin), ...headers], json);
  }

  #send(res: ServerResponse, status: number, headers: string[], json: string): void {
    headers.push('content-length', String(Buffer.byteLength(json)));
    if (this.#deps.isClosing()) headers.push('connection', 'close');
    res.writeHead(status, headers);
    res.end(json);
    this.#deps.countRequest('hot', status);
  }
}

const accept = (data: unknown): Answer => ({ json: JSON.stringify({ result: { data } }), error: null });

const single = 0;

/** The number of calls of each URL: `single`, or the size of a batch. */
const callsOfUrl: ReadonlyMap<string, number> = new Map([
  [`/trpc/${path}`, single],
  ...Array.from({ length: batchCallsMax }, (_, at): [string, number] => [
    `/trpc/${Array.from({ length: at + 1 }, () => path).join(',')}?batch=1`,
    at + 1,
  ]),
]);

/** Returns a function that makes the headers for answers to calls from an origin. */
export function createHeaders(origins: readonly string[]): (origin: string | undefined) => string[] {
  const always = ['content-type', 'application/json', 'vary', varyOf(origins)];
  const others = [...always, ...corsHeaders(origins, undefined)];
  const byOrigin = new Map(origins.map((origin) => [origin, [...always, ...corsHeaders(origins, origin)]]));
  return (origin) => [...(origin === undefined ? others : (byOrigin.get(origin) ?? others))];
}

/** Returns the input of each call of a batch: `{"0": ..., "1": ...}`. */
function batchInputs(inputs: unknown, calls: number): unknown[] {
  if (inputs === undefined) return Array.from({ length: calls });
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    // This is tRPC's own wording, so that both lanes give the same answer.
    throw new TRPCError({ code: 'BAD_REQUEST', message: '"input" needs to be an object when doing a batch call' });
  }
  return Array.from({ length: calls }, (_, at) => (inputs as Record<number, unknown>)[at]);
}

/** Returns the status, headers and JSON for a batch of answers. */
export function batchReply(answers: readonly Answer[]): { status: number; headers: string[]; json: string } {
  const errors = answers.flatMap(({ error }) => (error === null ? [] : [error]));
  const json = `[${answers.map((answer) => answer.json).join(',')}]`;
  return { status: statusOf(answers), headers: errorHeaders(errors).flat(), json };
}

/** Returns the status that all answers share, or 207 if they differ, as tRPC does. */
function statusOf(answers: readonly Answer[]): number {
  const statuses = new Set(answers.map(({ error }) => (error === null ? 200 : getHTTPStatusCodeFromError(error))));
  const [status] = statuses;
  return statuses.size === 1 && status !== undefined ? status : 207;
}
