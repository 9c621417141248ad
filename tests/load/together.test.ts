import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { together } from '../../load/runner/together.ts';

const never = new AbortController().signal;
const forever = (signal: AbortSignal): Promise<never> => sleep(600_000, undefined, { signal }) as Promise<never>;

describe('tasks that run together', () => {
  it('resolve to the results of each of them', async () => {
    const results = await together<[number, string]>(never, [() => Promise.resolve(1), () => Promise.resolve('two')]);
    expect(results).toEqual([1, 'two']);
  });

  it('all end if one of them fails, and reject with the failed one’s reason', async () => {
    let ended = false;
    const waiting = (signal: AbortSignal) => forever(signal).finally(() => (ended = true));
    const failing = () => Promise.reject(new Error('it broke'));
    await expect(together<[never, never]>(never, [waiting, failing])).rejects.toThrow('it broke');
    expect(ended).toBe(true);
  });

  it('all end if their signal aborts', async () => {
    const given = new AbortController();
    const running = together<[never, never]>(given.signal, [forever, forever]);
    given.abort(new Error('Stopped.'));
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});
