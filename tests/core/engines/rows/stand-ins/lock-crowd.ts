// A process with many holders. Each holder takes the lock and increments a counter by reading it and writing it back,
// which is safe only under the lock.
import { setTimeout as sleep } from 'node:timers/promises';
import { spinForLock } from '../../../../../core/engines/rows/spin-for-lock.ts';
import { openLocks } from '../open-locks.ts';

const [redisUrl = '', eventId = '', how = '', holders = '0', counter = ''] = process.argv.slice(2);
const patienceMs = 60_000;

await using locks = await openLocks({ redisUrl });
const { redis, lock, queue } = locks;
const acquire = () => (how === 'spin' ? spinForLock(lock, eventId, patienceMs) : queue.acquire(eventId, patienceMs));

console.log('ready');
await Promise.all(
  Array.from({ length: Number(holders) }, async () => {
    const holding = await acquire();
    const count = Number(await redis.client.get(counter));
    await sleep(1);
    await redis.client.set(counter, count + 1);
    holding.release();
  }),
);
console.log('done');
