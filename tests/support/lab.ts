import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../../core/access/actor.ts';
import type { CreateEventInput } from '../../core/changes/inputs.ts';
import { listClaims, type ClaimRow } from '../../core/claims/claim-rows.ts';
import type { ClaimOutcome } from '../../core/claims/claim.ts';
import { drainOutbox } from '../../core/engines/stream/drain.ts';
import { defaultStrategy, type StrategyName } from '../../core/events/event.ts';
import { openPlatform, type Platform } from '../../core/platform.ts';
import { sweep } from '../../core/rounds/sweep.ts';
import { Fault } from '../../core/runtime/fault.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { silentObserver } from '../../core/stores/observer.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import type { Answer } from '../../proof/checker/answer.ts';
import { expectPromises, type EndedSale } from './expect-promises.ts';
import { useResource } from './use-resource.ts';
import { useTestStores } from './use-stores.ts';

export const tester: Actor = { name: 'tester', role: 'admin', door: 'api' };

/** The platforms of several processes that share their stores. */
export type Lab = AsyncDisposable & {
  /** One platform per process. Claims go to the platforms in turn. */
  platforms: Platform[];
  first: Platform;
  createEvent(change?: Partial<CreateEventInput>): Promise<AdminEventView>;
  /** Makes one call to the next platform in turn. */
  submit: Platform['claims']['submit'];
  /** Claims as a client does: asks again after "busy" or an unknown outcome. Keeps the answers for `prove`. */
  claim(eventId: string, userId: string): Promise<ClaimOutcome>;
  /** Lets users claim all at once, or evenly over `overMs`. */
  race(eventId: string, userIds: string[], overMs?: number): Promise<ClaimOutcome[]>;
  /** The answers about an event that `claim` and `race` received. A test may clear the list. */
  answersOf(eventId: string): Answer[];
  /** How many calls of `claim` have got the answer busy so far. */
  readonly busy: number;
  /** Moves all accepted claims to MySQL, and resolves to their rows. */
  persisted(event: { eventId: string; round: number }): Promise<ClaimRow[]>;
  /** Checks that all kept answers about the event keep the promises. */
  prove(eventId: string, sale: Pick<EndedSale, 'issued' | 'except' | 'stopped'>): Promise<void>;
  sweep(retireAfterMs?: number): Promise<void>;
};

export type LabOptions = {
  platformCount?: number;
  strategy?: StrategyName;
  /** The platforms' settings, without their stores' addresses. */
  env?: Record<string, string>;
};

/**
 * A call that is answered "busy" keeps asking as long as other calls are decided, however slow the machine is. If no
 * call has been decided for this long, the platform hangs.
 */
const busyMsMax = 20_000;

type StoreUrls = { redisUrl: string; databaseUrl: string };
/** The stores, or a function that returns the stores once earlier helpers have opened them. */
type StoresAt = StoreUrls | (() => StoreUrls);

export async function openLab(
  stores: StoreUrls,
  { platformCount = 1, strategy = defaultStrategy, env: settings = {} }: LabOptions = {},
): Promise<Lab> {
  const env = parseEnv({
    ...{ REDIS_URL: stores.redisUrl, DATABASE_URL: stores.databaseUrl },
    ...{ FIRSTCOME_UNSAFE: '1', LOG_LEVEL: 'silent' },
    ...settings,
  });
  const log = createLog('api', 'silent');
  const platforms = await Promise.all(
    Array.from({ length: platformCount }, () => openPlatform({ env, log, observe: silentObserver })),
  );
  const [first] = platforms;
  if (first === undefined) throw new Error('A lab needs at least one platform.');
  const answers = new Map<string, Answer[]>();
  let turn = 0;
  let busy = 0;

  const submit: Lab['submit'] = (eventId, userId) => {
    const platform = platforms[(turn += 1) % platforms.length] ?? first;
    return platform.claims.submit(eventId, userId);
  };
  const answersOf: Lab['answersOf'] = (eventId) => {
    const recorded = answers.get(eventId) ?? [];
    answers.set(eventId, recorded);
    return recorded;
  };
  let decidedAtMs = -Infinity;
  const claim: Lab['claim'] = async (eventId, userId) => {
    const recorded = answersOf(eventId);
    const startedMs = performance.now();
    for (;;) {
      const sentAtMs = Date.now();
      try {
        const outcome = await submit(eventId, userId);
        recorded.push({ userId, sentAtMs, receivedAtMs: Date.now(), outcome });
        decidedAtMs = performance.now();
        return outcome;
      } catch (err) {
        const giveUpAtMs = Math.max(startedMs, decidedAtMs) + busyMsMax;
        if (!(err instanceof Fault) || performance.now() > giveUpAtMs) throw err;
        if (err.code !== 'busy' && err.code !== 'unavailable') throw err;
        const isBusy = err.code === 'busy';
        if (isBusy) busy += 1;
        const outcome = isBusy ? ({ status: 'busy' } as const) : ({ status: 'unknown', reason: err.message } as const);
        recorded.push({ userId, sentAtMs, receivedAtMs: Date.now(), outcome });
        await sleep(20 + Math.random() * 80);
      }
    }
  };
  const persisted: Lab['persisted'] = async ({ eventId, round }) => {
    await drainOutbox(first.stores, eventId, round);
    return listClaims(first.stores.db, { eventId, round, limit: 100_000 });
  };

  return {
    platforms,
    first,
    createEvent: (change = {}) =>
      first.admin.create(
        {
          ...{ name: 'Opening sale', amount: 10_000, stock: 100, currency: 'KRW', description: '', listed: true },
          opensAtMs: first.clock.nowMs(),
          strategy,
          ...change,
        },
        tester,
      ),
    submit,
    claim,
    answersOf,
    race: (eventId, userIds, overMs = 0) =>
      Promise.all(
        userIds.map(async (userId, i) => {
          if (overMs > 0) await sleep((overMs * i) / userIds.length);
          return claim(eventId, userId);
        }),
      ),
    get busy() {
      return busy;
    },
    persisted,
    prove: async (eventId, sale) => {
      const { stock, opensAtMs, round } = await first.admin.get(eventId);
      await persisted({ eventId, round });
      const { redis, db } = first.stores;
      await expectPromises(redis.of(eventId).client, db, {
        ...{ eventId, stock, opensAtMs, answers: answersOf(eventId) },
        ...sale,
        // The tests don't judge how late the first claim came, because that depends on how busy the machine is. The
        // benchmarks measure it on an idle machine.
        except: [...(sale.except ?? []), 'opened_late'],
      });
    },
    sweep: (retireAfterMs = 86_400_000) => sweep(first.stores, first.jobs, retireAfterMs),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(platforms.map((platform) => platform.close()));
    },
  };
}

/** `count` users whose names do not show their order. */
export function users(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${randomBytes(4).toString('hex')}-${i}`);
}

/** A lab for the tests of this file or of this `describe`, on stores that another helper has opened, or on new ones. */
export function useLab({ stores = useTestStores(), ...options }: LabOptions & { stores?: StoresAt } = {}): Lab {
  return useResource('useLab()', () => openLab(typeof stores === 'function' ? stores() : stores, options));
}
