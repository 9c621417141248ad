import type { RedisLink } from '../redis/open-redis.ts';
import type { Attestation } from '../redis/attestation.ts';
import { redisWeaknesses } from './store-settings.ts';

/** How durable a primary is. `weak` says why the primary may lose what it accepted; empty if it keeps everything. */
export type Durability = { detail: string; weak: string[]; attested: boolean };

const attested: Record<Attestation, Pick<Durability, 'detail' | 'weak'>> = {
  always: { detail: 'always', weak: [] },
  memorydb: { detail: 'memorydb', weak: [] },
  replicated: { detail: 'replicated', weak: [] },
  none: { detail: 'none', weak: ['REDIS_DURABILITY says none: this Redis may lose what it accepted'] },
};

/**
 * How durable a primary is: as its settings show or, if they are hidden, as the operator attests; null if nobody has
 * attested anything.
 */
export async function readDurability(
  { client }: RedisLink,
  attestation: Attestation | null,
): Promise<Durability | null> {
  const weak = await redisWeaknesses(client);
  if (weak !== null) return { detail: weak.length === 0 ? 'always' : 'weaker', weak, attested: false };
  return attestation === null ? null : { ...attested[attestation], attested: true };
}
