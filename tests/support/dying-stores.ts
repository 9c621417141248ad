import type { Db } from '../../core/mysql/open-db.ts';
import { singleLink } from '../../core/redis/redis-links.ts';
import type { Stores } from '../../core/stores/stores.ts';

/** The moment before or after the step that has this number. */
export type Moment = { step: number; when: 'before' | 'after' };

export const isAt = (moment: Moment | null, step: number, when: Moment['when']): boolean =>
  moment?.step === step && moment.when === when;

export const deathMessage = 'the process died here';

/** Runs before each step of a process, or after a step, when the step may have taken effect. */
export type StepHook = (step: { count: number; name: string; inTransaction: boolean }) => Promise<void>;

/**
 * The same stores for one process, with a hook that runs around each command to Redis and around each statement and
 * transaction to MySQL. The EXEC of a MULTI is one step. If the hook throws, the process dies there: an open
 * transaction rolls back, and every later step also throws.
 */
export function steppedStores(
  stores: Stores,
  { before, after }: { before: StepHook; after: StepHook },
): { stores: Stores; steps: () => number; died: () => boolean } {
  let count = 0;
  let openTransactions = 0;
  let death: { cause: unknown } | null = null;

  const step = async (name: string, work: () => unknown): Promise<unknown> => {
    const hook = async (run: StepHook, at: number): Promise<void> => {
      if (death !== null) throw death.cause;
      try {
        await run({ count: at, name, inTransaction: openTransactions > 0 });
      } catch (cause) {
        death = { cause };
        throw cause;
      }
    };
    const at = (count += 1);
    await hook(before, at);
    const result = await work();
    await hook(after, at);
    return result;
  };

  const stepped = <Target extends object>(target: Target, path: string): Target =>
    new Proxy(target, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        const called = `${path}.${String(name)}`;
        if (typeof value === 'object' && value !== null && path === 'db') return stepped(value, called);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...args: unknown[]) => unknown;
        if (name === '$transaction') {
          const transact = (run: (tx: object) => unknown) =>
            bound(async (tx: object) => {
              openTransactions += 1;
              try {
                const result = await run(stepped(tx, 'db'));
                // If code catches the error of its own death, it still must not commit.
                if (death !== null) throw death.cause;
                return result;
              } finally {
                openTransactions -= 1;
              }
            });
          return (run: (tx: object) => unknown) => step(called, () => transact(run));
        }
        if (name === 'multi') {
          return () => {
            const commands = bound() as { exec: () => Promise<unknown> };
            const exec = commands.exec.bind(commands);
            commands.exec = () => step('redis.exec', exec);
            return commands;
          };
        }
        return (...args: unknown[]) => step(called, () => bound(...args));
      },
    });

  const client = stepped(stores.redis.system.client, 'redis');
  const db: Db = stepped(stores.db, 'db');
  return {
    stores: { ...stores, db, redis: singleLink({ ...stores.redis.system, client }) },
    steps: () => count,
    died: () => death !== null,
  };
}
