import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PacedDrains } from '../../../core/jobs/paced-drains.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function handDriven() {
  const asked: string[] = [];
  const drains = new PacedDrains(({ eventId, round }) => asked.push(`${eventId}/${round}`));
  return { asked, drains };
}

it('all claims that arrive soon after the first claim share one request for a drain', () => {
  const { asked, drains } = handDriven();
  drains.ask('ev', 1);
  vi.advanceTimersByTime(99);
  drains.ask('ev', 1);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(asked).toEqual(['ev/1']);
});

it('a drain is requested once a second while claims arrive, and at once for a claim after a quiet time', () => {
  const { asked, drains } = handDriven();
  drains.ask('ev', 1);
  vi.advanceTimersByTime(100);
  drains.ask('ev', 1);
  vi.advanceTimersByTime(999);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
  drains.ask('ev', 1);
  vi.advanceTimersByTime(100);
  expect(asked).toHaveLength(3);
});

it('drains are requested separately for each event and each round', () => {
  const { asked, drains } = handDriven();
  drains.ask('ev-1', 1);
  drains.ask('ev-1', 2);
  drains.ask('ev-2', 1);
  vi.advanceTimersByTime(100);
  expect(asked).toEqual(['ev-1/1', 'ev-1/2', 'ev-2/1']);
});

it('stopping requests the outstanding drains at once, and leaves no timer running', () => {
  const { asked, drains } = handDriven();
  drains.ask('asked', 1);
  vi.advanceTimersByTime(100);
  drains.ask('waiting', 1);
  drains.stop();
  expect(asked).toEqual(['asked/1', 'waiting/1']);
  expect(vi.getTimerCount()).toBe(0);
});
