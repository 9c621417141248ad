import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';

describe('Waiting until something is there', () => {
  it('resolves to it, also when it is 0 or an empty text', async () => {
    const seen = [false, null, undefined, 0];
    expect(await waitUntil(() => seen.shift(), { everyMs: 0 })).toBe(0);
    expect(await waitUntil(() => '')).toBe('');
  });

  it('looks once where there is no time at all, and then says what was missing', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      return false;
    };
    const waiting = waitUntil(look, { limitMs: -1, late: () => `nothing after ${looks} look` });
    await expect(waiting).rejects.toThrow('nothing after 1 look');
  });

  it('ends at once when the look itself fails', async () => {
    const look = () => Promise.reject(new Error('The server has ended.'));
    await expect(waitUntil(look)).rejects.toThrow('The server has ended.');
  });

  it('ends with the reason of its signal, in the middle of a pause too', async () => {
    const given = new AbortController();
    const look = () => {
      setImmediate(() => given.abort(new Error('Stopped by SIGINT.')));
      return false;
    };
    await expect(waitUntil(look, { everyMs: 3_600_000, signal: given.signal })).rejects.toThrow('Stopped by SIGINT.');
  });
});
