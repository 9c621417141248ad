import type { Redis } from 'ioredis';
import { lockKey, lockReleasedChannel } from '../../redis/keys.ts';
import { loadScript, unknownReply } from '../../redis/script.ts';

const acquireLockScript = loadScript(new URL('./lua/acquire-lock.lua', import.meta.url));
const renewLockScript = loadScript(new URL('./lua/renew-lock.lua', import.meta.url));
const releaseLockScript = loadScript(new URL('./lua/release-lock.lua', import.meta.url));

/**
 * Takes the lock for `leaseMs`. `taken`: another token holds the lock, and its lease ends in `leaseLeftMs` unless its
 * holder renews it. Throws if Redis does not answer; safe to repeat.
 */
export async function acquireLock(
  redis: Redis,
  eventId: string,
  token: string,
  leaseMs: number,
): Promise<{ kind: 'held' } | { kind: 'taken'; leaseLeftMs: number }> {
  const reply = await acquireLockScript(redis, [lockKey(eventId)], [token, leaseMs]);
  if (Array.isArray(reply) && reply[0] === 'held') return { kind: 'held' };
  if (Array.isArray(reply) && reply[0] === 'taken') return { kind: 'taken', leaseLeftMs: Number(reply[1]) };
  throw unknownReply('acquire-lock', reply);
}

/** Renews the lease to its full length. `lost`: the token does not hold the lock. */
export async function renewLock(
  redis: Redis,
  eventId: string,
  token: string,
  leaseMs: number,
): Promise<'renewed' | 'lost'> {
  const reply = await renewLockScript(redis, [lockKey(eventId)], [token, leaseMs]);
  if (reply === 'renewed' || reply === 'lost') return reply;
  throw unknownReply('renew-lock', reply);
}

/**
 * Frees the lock and wakes the calls that wait for it. `lost`: the token does not hold the lock, and nothing changes.
 */
export async function releaseLock(redis: Redis, eventId: string, token: string): Promise<'released' | 'lost'> {
  const reply = await releaseLockScript(redis, [lockKey(eventId)], [token, lockReleasedChannel(eventId)]);
  if (reply === 'released' || reply === 'lost') return reply;
  throw unknownReply('release-lock', reply);
}
