import type { Message } from '../messages/message.ts';
import { Fault } from './fault.ts';

const isLate = Symbol('late');

/**
 * Settles as `work` does. After `limitMs`, settles with the result of `late` instead, which may throw. The work itself
 * is not stopped; its later result is ignored.
 */
export async function within<T, Late>(limitMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  const { promise: limit, resolve } = Promise.withResolvers<typeof isLate>();
  const timer = setTimeout(resolve, Math.max(0, limitMs), isLate);
  try {
    const first = await Promise.race([work, limit]);
    return first === isLate ? late() : first;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * How long a call may take before it is answered "unknown": the 2 s of the public contract, minus the time on the
 * network.
 */
export const answerWithinMs = 1_800;

/** Settles as `work` does. Throws `unavailable` with `message` if the work takes longer than a caller waits. */
export const inAnswerTime = <T>(work: Promise<T>, message: Message): Promise<T> =>
  within(answerWithinMs, work, () => {
    throw new Fault('unavailable', message);
  });
