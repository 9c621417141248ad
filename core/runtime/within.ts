import { Fault } from './fault.ts';

const isLate = Symbol('late');

/**
 * Settles as `work` does, or after `limitMs` as `late` says, which may throw. The work is not stopped: what becomes of it
 * afterwards is ignored.
 */
export async function within<T, Late>(limitMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  const { promise: limit, resolve } = Promise.withResolvers<typeof isLate>();
  const timer = setTimeout(resolve, limitMs, isLate);
  try {
    const first = await Promise.race([work, limit]);
    return first === isLate ? late() : first;
  } finally {
    clearTimeout(timer);
  }
}

/** The contract's 2 s for saying "unknown", less the way there and back. */
export const answerWithinMs = 1_800;

/** Settles as `work` does. Throws `unavailable` with `message` when that takes longer than a caller waits. */
export const inAnswerTime = <T>(work: Promise<T>, message: string): Promise<T> =>
  within(answerWithinMs, work, () => {
    throw new Fault('unavailable', message);
  });
