import type { ClaimOutcome } from '../../claims/claim.ts';
import type { StrategyName } from '../../events/event.ts';
import { overLimit } from '../../limits/over-limit.ts';
import { say } from '../../messages/message.ts';
import type { Logger } from '../../runtime/log.ts';
import { inAnswerTime } from '../../runtime/within.ts';
import type { Claims, Replays } from '../claims.ts';
import type { EventTries } from './event-tries.ts';

const unknown = say('claim_unknown');
const logEveryMs = 1_000;

/**
 * Refuses a claim if its user has no try left. If the user already has a coupon, returns that coupon instead. If Redis
 * can't count tries, claims go on uncounted, because a limit must not stop a sale that could go on without Redis.
 */
export function limitTries(
  claims: Claims,
  { replays, tries, log }: { replays: Replays; tries: EventTries; log: Logger },
): Claims {
  let loggedAtMs = -Infinity;
  const uncounted = (err: unknown): number => {
    if (performance.now() - loggedAtMs < logEveryMs) return 0;
    loggedAtMs = performance.now();
    log.warn(
      { event: 'tries_uncounted', err },
      'Redis did not count tries, so claims go on without the limit on tries',
    );
    return 0;
  };

  const submit = async (eventId: string, userId: string, only?: StrategyName): Promise<ClaimOutcome> => {
    const waitMs = await tries.count(eventId, userId).catch(uncounted);
    if (waitMs === 0) return claims.submit(eventId, userId, only);
    const held = await replays.replay(eventId, userId, only);
    if (held === null) throw overLimit('event_tries', waitMs);
    const { serial, code, claimedAtMs, round } = held;
    return { status: 'issued', serial, code, claimedAtMs, round, replayed: true };
  };

  return { ...claims, submit: (eventId, userId, only) => inAnswerTime(submit(eventId, userId, only), unknown) };
}
