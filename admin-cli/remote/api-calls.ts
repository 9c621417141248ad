import { randomUUID } from 'node:crypto';
import { createTRPCUntypedClient, httpLink } from '@trpc/client';
import type { AnyRouter } from '@trpc/server';
import { z } from 'zod';
import { eachWireField, timeFields, type TimeField, type WireName } from '../../core/events/event-fields.ts';
import type { WatchReconcile } from '../../core/reconcile/report.ts';
import { whoamiInput } from '../../core/wire/whoami-wire.ts';
import type { Why } from '../api-client.ts';
import type { Remote } from '../settings.ts';
import { SetupError } from '../usage-error.ts';
import { describeRefusal } from './describe-refusal.ts';
import { patientFetch } from './patient-fetch.ts';
import { progressType } from './progress-lines.ts';
import { wireInput } from './wire-input.ts';

export type AnswerLimits = { readMs: number; changeMs: number };

/** The time limit of a call. The API answers most calls within 2 s, but a change may wait for a lock. */
const defaultLimits: AnswerLimits = { readMs: 15_000, changeMs: 60_000 };

/**
 * Calls the API's procedures by path. Each answer is checked with a schema, which lists only what the commands need.
 */
export type ApiCalls = {
  read<T>(this: void, path: string, input: object, answer: z.ZodType<T>): Promise<T>;
  /** A read by POST, because its input must not appear in a URL. */
  look<T>(this: void, path: string, input: object, why: Why, answer: z.ZodType<T>): Promise<T>;
  /**
   * Sends a change with a `requestId`, which this function generates if the input has none. So if no answer comes, the
   * user can safely repeat the change.
   */
  change<T>(
    this: void,
    path: string,
    input: object & { requestId?: string | undefined },
    why: Why,
    answer: z.ZodType<T>,
  ): Promise<T>;
  /**
   * Makes a change that has no time limit and is safe to repeat. `watch` receives the progress, if the API reports any.
   */
  longChange<T>(
    this: void,
    path: string,
    input: object,
    why: Why,
    answer: z.ZodType<T>,
    watch?: WatchReconcile,
  ): Promise<T>;
  /** The API's clock, by its last answer. */
  clock: { nowMs(): number };
};

type Call = {
  path: string;
  input: Record<string, unknown>;
  limitMs: number | null;
  changes: boolean;
  watch?: WatchReconcile | undefined;
};

/** Asks the API who the caller is and what time it is. Throws `SetupError` if the token is not valid or has no role. */
export async function openApiCalls(remote: Remote, limits: Partial<AnswerLimits> = {}): Promise<ApiCalls> {
  const { url, tokenFrom, whenSilent, freshToken = () => remote.token } = remote;
  const { readMs, changeMs } = { ...defaultLimits, ...limits };
  const clientFor = (watch: WatchReconcile | undefined) =>
    createTRPCUntypedClient<AnyRouter>({
      links: [
        httpLink({
          url: `${url}/trpc`,
          headers: () => ({
            authorization: `Bearer ${freshToken()}`,
            ...(watch !== undefined && { accept: progressType }),
          }),
          fetch: (input: string | URL | Request, init) => patientFetch(input, init, watch),
        }),
      ],
    });
  const clock = createAnsweredClock();
  /** The first answer sets this. */
  const caller: { whoami?: z.output<typeof whoamiInput> } = {};

  const call = async <T>(
    kind: 'query' | 'mutation',
    { path, input, limitMs, changes, watch }: Call,
    answer: z.ZodType<T>,
  ): Promise<T> => {
    const askedAtMs = performance.now();
    let data: unknown;
    try {
      const limit = limitMs === null ? {} : { signal: AbortSignal.timeout(limitMs) };
      data = await clientFor(watch)[kind](path, input, limit);
    } catch (error) {
      const asked = changes ? askedFor.parse(input) : undefined;
      throw describeRefusal(error, { url, tokenFrom, whenSilent, path, whoami: caller.whoami, asked });
    }
    clock.set(data, askedAtMs);
    const read = answer.safeParse(data);
    if (read.success) return read.data;
    const done = changes ? ' The change was made.' : '';
    throw new SetupError(
      `The answer from ${url} to ${path} can't be read (${z.prettifyError(read.error).split('\n')[0]}).${done}\n` +
        'Check FIRSTCOME_URL, and that this command and the API have the same version.',
    );
  };

  caller.whoami = await call(
    'query',
    { path: 'admin.whoami', input: {}, limitMs: readMs, changes: false },
    whoamiInput,
  );
  return {
    clock,
    read: (path, input, answer) =>
      call('query', { path, input: wireInput(input), limitMs: readMs, changes: false }, answer),
    look: (path, input, { reason }, answer) =>
      call('mutation', { path, input: wireInput({ ...input, reason }), limitMs: readMs, changes: false }, answer),
    change: (path, input, { reason }, answer) => {
      const { requestId = randomUUID() } = input;
      const sent = wireInput({ ...input, requestId, reason });
      return call('mutation', { path, input: sent, limitMs: changeMs, changes: true }, answer);
    },
    longChange: (path, input, { reason }, answer, watch) =>
      call('mutation', { path, input: wireInput({ ...input, reason }), limitMs: null, changes: true, watch }, answer),
  };
}

/**
 * null means that the change removes the time. In that case there is no time for the user to repeat, so null becomes
 * undefined.
 */
const takenAway = z.string().optional().catch(undefined);

/** The fields of a change that a user needs in order to repeat it. */
const askedFor = z.object({
  requestId: z.string().optional(),
  opensAt: z.string().optional(),
  closesAt: takenAway,
  ...eachWireField<{ [Name in TimeField as WireName<Name>]: typeof takenAway }>(() => takenAway, timeFields),
});

const timed = z.object({ serverTime: z.iso.datetime().transform(Date.parse) });

/** A clock that continues from the last `serverTime`, on the assumption that the answer took half of the round trip. */
function createAnsweredClock() {
  let last = { atMs: 0, serverMs: 0 };
  return {
    nowMs: () => Math.round(last.serverMs + performance.now() - last.atMs),
    set: (answer: unknown, askedAtMs: number): void => {
      const { success, data } = timed.safeParse(answer);
      if (success) last = { atMs: (askedAtMs + performance.now()) / 2, serverMs: data.serverTime };
    },
  };
}
