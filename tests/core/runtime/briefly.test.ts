import { describe, expect, it } from 'vitest';
import { holdAnswers, rememberBriefly } from '../../../core/runtime/briefly.ts';
import { Fault } from '../../../core/runtime/fault.ts';

describe('a short-lived cache', () => {
  it('loads a key once, however many callers ask at once', async () => {
    let loads = 0;
    const get = rememberBriefly(() => Promise.resolve((loads += 1)), { holdMs: holdAnswers(10_000), keysMax: 10 });
    expect(await Promise.all([get('a'), get('a'), get('a')])).toEqual([1, 1, 1]);
    expect(await get('a')).toBe(1);
    expect(await get('b')).toBe(2);
  });

  it('remembers that something does not exist, and asks again after other failures', async () => {
    const faults = [new Fault('not_found', 'no'), new Fault('unavailable', 'down')];
    let loads = 0;
    const get = rememberBriefly<number>(
      (key) => {
        loads += 1;
        return Promise.reject(faults[key === 'unknown' ? 0 : 1] ?? new Error());
      },
      { holdMs: holdAnswers(10_000), keysMax: 10 },
    );
    for (const key of ['unknown', 'unknown', 'down', 'down']) await get(key).catch(() => undefined);
    expect(loads).toBe(3);
  });

  it('forgets an answer that turned out to be wrong, but not the answer that replaced it', async () => {
    let loads = 0;
    const get = rememberBriefly(() => Promise.resolve((loads += 1)), { holdMs: holdAnswers(10_000), keysMax: 10 });
    expect(await get('a')).toBe(1);
    get.forget('a', 1);
    expect(await get('a')).toBe(2);
    get.forget('a', 1);
    get.forget('b', 1);
    expect(await get('a')).toBe(2);
  });

  it('evicts the least recently requested key if it has too many keys', async () => {
    const loaded: string[] = [];
    const get = rememberBriefly((key) => Promise.resolve(loaded.push(key)), {
      holdMs: holdAnswers(10_000),
      keysMax: 2,
    });
    for (const key of ['a', 'b', 'c', 'a']) await get(key);
    expect(loaded).toEqual(['a', 'b', 'c', 'a']);
  });

  it('keeps a key that is requested regularly, however many other keys come and go', async () => {
    const loaded: string[] = [];
    const get = rememberBriefly((key) => Promise.resolve(loaded.push(key)), {
      holdMs: holdAnswers(10_000),
      keysMax: 2,
    });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'd', 'a']) await get(key);
    expect(loaded).toEqual(['a', 'b', 'c', 'd']);
  });
});
