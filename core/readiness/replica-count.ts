import type { Stores } from '../stores/stores.ts';

type Replicated = Pick<Stores, 'redis' | 'acks'>;

/** How many replicas the primary with the fewest has; null while a primary can't be reached. */
export function fewestReplicas({ redis }: Pick<Stores, 'redis'>): number | null {
  const links = redis.all();
  return links.some((link) => link.runId() === undefined) ? null : Math.min(...links.map((link) => link.replicas()));
}

/**
 * What is wrong if there are fewer replicas than each answer waits for, or if losing one would leave too few; null if
 * there are enough.
 */
export function replicaTrouble({ redis, acks: { wanted } }: Replicated): string | null {
  const fewest = fewestReplicas({ redis });
  if (wanted === 0 || fewest === null || fewest > wanted) return null;
  const when = fewest < wanted ? 'claims get 503' : 'claims will get 503 once one is lost or promoted';
  return `${countReplicas(fewest)}, and each claim waits for ${wanted}: ${when}`;
}

/** Describes how many replicas there are. Throws if there are too few. */
export function describeReplicas(stores: Replicated): string {
  const away = stores.redis.all().find((link) => link.runId() === undefined);
  const trouble = away === undefined ? replicaTrouble(stores) : away.whyNot();
  if (trouble !== null) throw new Error(trouble);
  const { wanted } = stores.acks;
  return `${countReplicas(fewestReplicas(stores) ?? 0)}; claims wait for ${wanted === 0 ? 'none' : wanted} of them`;
}

const countReplicas = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`);
