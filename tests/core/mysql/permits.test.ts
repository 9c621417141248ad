import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFairPermits } from '../../../core/mysql/fair-permits.ts';
import { createPermits } from '../../../core/mysql/permits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function taker(permits: { take(waitMs: number, owner?: string): Promise<boolean> }) {
  const log: string[] = [];
  return {
    log,
    take: (name: string, waitMs = 1_000, owner?: string) =>
      void permits.take(waitMs, owner).then((got) => log.push(got ? name : `-${name}`)),
  };
}
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('permits', () => {
  it('are given out until none is left, and then in order of arrival as they are returned', async () => {
    const permits = createPermits(2);
    const { log, take } = taker(permits);
    for (const name of ['a', 'b', 'c', 'd', 'e']) take(name);
    await settled();
    expect(log).toEqual(['a', 'b']);
    permits.giveBack();
    permits.giveBack();
    await settled();
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  it('skip callers whose waiting time has passed', async () => {
    const permits = createPermits(1);
    const { log, take } = taker(permits);
    take('a');
    take('patient', 500);
    take('impatient', 100);
    take('last', 500);
    await vi.advanceTimersByTimeAsync(100);
    expect(log).toEqual(['a', '-impatient']);
    permits.giveBack();
    permits.giveBack();
    await settled();
    expect(log).toEqual(['a', '-impatient', 'patient', 'last']);
  });

  it('are neither lost nor duplicated if callers give up while they wait', async () => {
    const permits = createPermits(3);
    const { log, take } = taker(permits);
    for (let i = 0; i < 10; i += 1) take(`first-${i}`, 50);
    await vi.advanceTimersByTimeAsync(50);
    expect(log.filter((name) => name.startsWith('-'))).toHaveLength(7);
    for (let i = 0; i < 3; i += 1) permits.giveBack();
    log.length = 0;
    for (let i = 0; i < 4; i += 1) take(`then-${i}`);
    await settled();
    expect(log).toEqual(['then-0', 'then-1', 'then-2']);
  });

  it('leave no timer running', async () => {
    const permits = createPermits(1);
    const { take } = taker(permits);
    take('a');
    take('b');
    permits.giveBack();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('permits with a share per owner', () => {
  it('leave some permits for other owners, however many one owner requests', async () => {
    const permits = createFairPermits(4, 2);
    const { log, take } = taker(permits);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) take(name, 1_000, 'a');
    take('b1', 1_000, 'b');
    take('nobody’s');
    await settled();
    expect(log.sort()).toEqual(['a1', 'a2', 'b1', 'nobody’s']);
  });

  it('serve one owner’s crowd in order, and other owners in between', async () => {
    const permits = createFairPermits(2, 1);
    const { log, take } = taker(permits);
    for (const name of ['a1', 'a2', 'a3']) take(name, 1_000, 'a');
    for (const name of ['b1', 'c1', 'd1']) take(name, 1_000, name.charAt(0));
    await settled();
    for (const owner of ['a', 'b', 'c', 'd', 'a']) {
      permits.giveBack(owner);
      await settled();
    }
    expect(log).toEqual(['a1', 'b1', 'c1', 'd1', 'a2', 'a3']);
  });

  it('are not lost if callers give up, whether in an owner’s queue or in the common queue', async () => {
    const permits = createFairPermits(2, 1);
    const { log, take } = taker(permits);
    for (const owner of ['a', 'b', 'c']) for (const turn of [1, 2]) take(`${owner}${turn}`, 50, owner);
    await vi.advanceTimersByTimeAsync(50);
    expect(log.sort()).toEqual(['-a2', '-b2', '-c1', '-c2', 'a1', 'b1']);
    permits.giveBack('a');
    permits.giveBack('b');
    log.length = 0;
    for (const owner of ['a', 'c', 'c']) take(owner, 50, owner);
    await settled();
    expect(log).toEqual(['a', 'c']);
    permits.giveBack('a');
    permits.giveBack('c');
    await settled();
    permits.giveBack('c');
    expect(log).toEqual(['a', 'c', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
