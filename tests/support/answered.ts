import { setTimeout as sleep } from 'node:timers/promises';
import { isUndecided } from '../../api/client/index.ts';
import { Fault } from '../../core/runtime/fault.ts';

const limitMs = 60_000;

/**
 * Repeats a call until it is answered, as a page does. The call must be safe to repeat. Any other failure, and a call
 * that stays undecided, is thrown.
 */
export async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (err) {
      const isOpen = err instanceof Fault ? ['busy', 'unavailable', 'overloaded'].includes(err.code) : isUndecided(err);
      if (!isOpen || performance.now() - startedMs > limitMs) throw err;
      await sleep(20 + Math.random() * 80);
    }
  }
}
