import type { Redis } from 'ioredis';
import { roundKeys } from '../../core/redis/keys.ts';

/** The keys of a round that are in Redis, without the gate, which may be in a later round. */
export async function findPastParts(redis: Redis, eventId: string, round: number): Promise<string[]> {
  const { gate: _gate, ...parts } = roundKeys(eventId, round);
  const keys = Object.values(parts);
  const there = await Promise.all(keys.map((key) => redis.exists(key)));
  return keys.filter((_, at) => there[at] === 1);
}
