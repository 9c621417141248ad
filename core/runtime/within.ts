import { Fault } from './fault.ts';

/** The contract's 2 s for saying "unknown", less the way there and back. */
export const answerWithinMs = 1_800;

/** Settles as `work` does. Throws `unavailable` with `message` when that takes longer than a caller waits; the work goes on unheard. */
export async function inAnswerTime<T>(work: Promise<T>, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Fault('unavailable', message)), answerWithinMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
