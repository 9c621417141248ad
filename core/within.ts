import { Fault } from './fault.ts';

/** The contract's 2 s for saying "unknown", less the way there and back. */
const answerWithinMs = 1_800;

/** Settles as `work` does. Throws `unavailable` with `message` when that takes longer; the work goes on unheard. */
export async function inAnswerTime<T>(work: Promise<T>, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Fault('unavailable', message)), answerWithinMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
