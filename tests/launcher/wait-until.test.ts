import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';

describe('waitUntil', () => {
  it('resolves to the checked value, even if that is 0 or an empty text', async () => {
    const seen = [false, null, undefined, 0];
    expect(await waitUntil(() => seen.shift(), { everyMs: 0 })).toBe(0);
    expect(await waitUntil(() => '')).toBe('');
  });

  it('checks once even if its time limit is zero, and then reports what was missing', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      return false;
    };
    const waiting = waitUntil(look, { limitMs: -1, late: () => `nothing after ${looks} look` });
    await expect(waiting).rejects.toThrow('nothing after 1 look');
  });

  it('fails at once if the check itself fails', async () => {
    const look = () => Promise.reject(new Error('The server has ended.'));
    await expect(waitUntil(look)).rejects.toThrow('The server has ended.');
  });

  it('fails with its signal’s reason, even during a pause', async () => {
    const given = new AbortController();
    const look = () => {
      setImmediate(() => given.abort(new Error('Stopped by SIGINT.')));
      return false;
    };
    await expect(waitUntil(look, { everyMs: 3_600_000, signal: given.signal })).rejects.toThrow('Stopped by SIGINT.');
  });
});
