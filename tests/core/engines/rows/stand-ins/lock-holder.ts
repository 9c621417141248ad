// Takes an event's lock, keeps it until the lock is lost, and then reports the loss.
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocks, take } from '../open-locks.ts';

const [redisUrl = '', eventId = '', leaseMs = ''] = process.argv.slice(2);

await using locks = await openLocks({ redisUrl, leaseMs: Number(leaseMs) });
const holding = await take(locks, eventId);
console.log('held');
while (holding.stillMine()) await sleep(10);
console.log('lost');
holding.release();
await holding.ended;
console.log('gave it back');
