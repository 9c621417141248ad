import { randomBytes } from 'node:crypto';
import { drainOutbox } from '../../core/drain.ts';
import { parseEnv } from '../../core/env.ts';
import { defaultStrategy, type AdminEventView, type StrategyName } from '../../core/event.ts';
import { createLog } from '../../core/log.ts';
import { listClaims, type ClaimRow } from '../../core/mysql/claim-rows.ts';
import { silentObserver } from '../../core/observer.ts';
import { openPlatform, type Platform } from '../../core/open-platform.ts';
import type { Actor, CreateEventInput } from '../../core/platform.ts';
import { sweep } from '../../core/sweep.ts';

export const tester: Actor = { name: 'tester', role: 'admin', door: 'api' };

/** Some processes' worth of platforms on the same stores. */
export type Lab = AsyncDisposable & {
  /** The platforms; claims are spread over them in turn. */
  platforms: Platform[];
  first: Platform;
  createEvent(change?: Partial<CreateEventInput>): Promise<AdminEventView>;
  submit: Platform['claims']['submit'];
  /** Moves everything that is accepted to MySQL, and returns what is there. */
  persisted(event: AdminEventView): Promise<ClaimRow[]>;
  sweep(retireAfterMs?: number): Promise<void>;
};

export async function openLab(
  stores: { redisUrl: string; databaseUrl: string },
  { platformCount = 1, strategy = defaultStrategy }: { platformCount?: number; strategy?: StrategyName } = {},
): Promise<Lab> {
  const env = parseEnv({
    ...{ REDIS_URL: stores.redisUrl, DATABASE_URL: stores.databaseUrl },
    ...{ FIRSTCOME_UNSAFE: '1', LOG_LEVEL: 'silent' },
  });
  const log = createLog('api', 'silent');
  const platforms = await Promise.all(
    Array.from({ length: platformCount }, () => openPlatform({ env, log, observe: silentObserver })),
  );
  const [first] = platforms;
  if (first === undefined) throw new Error('A lab needs a platform.');
  let turn = 0;

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
    submit: (eventId, userId) => {
      const platform = platforms[(turn += 1) % platforms.length] ?? first;
      return platform.claims.submit(eventId, userId);
    },
    persisted: async ({ eventId, round }) => {
      await drainOutbox(first.stores, eventId, round);
      return listClaims(first.stores.db, { eventId, round, limit: 100_000 });
    },
    sweep: (retireAfterMs = 86_400_000) => sweep(first.stores, first.jobs, retireAfterMs),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(platforms.map((platform) => platform.close()));
    },
  };
}

/** `count` users whose names say nothing about their order. */
export function users(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${randomBytes(4).toString('hex')}-${i}`);
}
