import type { Redis } from 'ioredis';
import type { RoundEngine } from '../engines/engine.ts';
import type { EventRow } from '../events/event-rows.ts';
import { reasonOf, say, type Message, type Reason } from '../messages/message.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * One thing that an opening needs. `waiting`: not ok yet, but will become ok without anybody's help. `action`: what a
 * person can do about it; null if there is nothing to do.
 */
export type ReadinessCheck = {
  name: 'opening' | 'seeded' | 'gate' | 'worker' | 'redis' | 'memory' | 'mysql' | 'clocks' | 'claims';
  state: 'ok' | 'waiting' | 'problem';
  detail: string;
  action: string | null;
  /** The codes and parameters of `detail`, which may consist of several messages. */
  detailReasons: Reason[];
  /** The code and parameters of `action`. */
  actionReason: Reason | null;
};

export type CheckResult = Omit<ReadinessCheck, 'name'>;

export const ok = (found: Message): CheckResult => resultOf('ok', [found], null);
export const waiting = (found: Message): CheckResult => resultOf('waiting', [found], null);
export const problem = (found: Message | readonly Message[], action: Message): CheckResult =>
  resultOf('problem', [found].flat(), action);

const resultOf = (state: CheckResult['state'], found: readonly Message[], action: Message | null): CheckResult => ({
  state,
  detail: found.map(({ message }) => message).join('; '),
  action: action?.message ?? null,
  detailReasons: found.map(reasonOf),
  actionReason: action && reasonOf(action),
});

/** What a check can look at. */
export type Looked = { stores: Stores; event: EventRow; engine: RoundEngine; nowMs: number };

/** The connection to a primary. Throws the reason if there is none. */
export function connected(link: RedisLink): Redis {
  if (link.runId() === undefined) throw new Error(link.whyNot());
  return link.client;
}

/** What to do if a round and its gate disagree. */
export const repairOf = ({ eventId }: EventRow): Message => say('action_repair', { eventId });
