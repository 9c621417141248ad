import { expect, it } from 'vitest';
import { openPlatform } from '../../core/platform.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { silentObserver } from '../../core/stores/observer.ts';
import { useLab } from '../support/lab.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server fails while a process starts. Everything must work afterwards, whichever step the failure interrupts. */

const stores = useTestStores();
const lab = useLab({ stores });

/**
 * Opens a platform while the connections to one of its servers fail after `replies` replies. Then ends the failure, and
 * waits until everything works.
 */
async function startThrough(which: 'redisUrl' | 'databaseUrl', how: 'cut' | 'lose', replies: number): Promise<void> {
  await using proxy = await startTcpProxy(Number(new URL(stores[which]).port));
  let seen = 0;
  proxy.onReply = (chunk) => {
    if ((seen += 1) <= replies) return 'pass';
    return how === 'cut' ? { cutAfter: chunk.length >> 1 } : 'lose';
  };
  const env = parseEnv({
    ...{ REDIS_URL: stores.redisUrl, DATABASE_URL: stores.databaseUrl, LOG_LEVEL: 'silent' },
    [which === 'redisUrl' ? 'REDIS_URL' : 'DATABASE_URL']: proxy.through(stores[which]),
  });
  const platform = await openPlatform({ env, log: createLog('api', 'silent'), observe: silentObserver });
  const event = await lab.createEvent();
  const useAll = async () => {
    await platform.claims.submit(event.eventId, 'somebody');
    await platform.admin.get(event.eventId);
    await platform.jobs.scheduleSweeps();
    return true;
  };
  await useAll().catch(() => undefined);
  proxy.onReply = undefined;
  await waitFor(useAll, { what: `everything to work after ${replies} replies`, limitMs: 15_000 });
  await platform.close();
}

it.each([
  ['redisUrl', 'cut'],
  ['redisUrl', 'lose'],
  ['databaseUrl', 'cut'],
  ['databaseUrl', 'lose'],
] as const)(
  'a process that starts while connections to its %s %s a reply works once the connections work',
  async (which, how) => {
    const steps = Array.from({ length: 12 }, (_, replies) => startThrough(which, how, replies));
    const results = await Promise.allSettled(steps);
    expect(results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))).toEqual([]);
  },
);
