import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PacedDrains } from '../../../core/jobs/paced-drains.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function handDriven() {
  const asked: string[] = [];
  const drains = new PacedDrains(({ eventId, round }) => asked.push(`${eventId}/${round}`));
  return { asked, drains };
}

it('asks for one drain for all claims that come soon after the first', () => {
  const { asked, drains } = handDriven();
  drains.ask('ev', 1);
  vi.advanceTimersByTime(99);
  drains.ask('ev', 1);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(asked).toEqual(['ev/1']);
});

it('asks once a second while claims come, and a claim after a quiet time does not wait that long', () => {
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

it('keeps rounds and events apart', () => {
  const { asked, drains } = handDriven();
  drains.ask('ev-1', 1);
  drains.ask('ev-1', 2);
  drains.ask('ev-2', 1);
  vi.advanceTimersByTime(100);
  expect(asked).toEqual(['ev-1/1', 'ev-1/2', 'ev-2/1']);
});

it('asks at once, when it stops, for what was not asked for yet, and keeps no process alive', () => {
  const { asked, drains } = handDriven();
  drains.ask('asked', 1);
  vi.advanceTimersByTime(100);
  drains.ask('waiting', 1);
  drains.stop();
  expect(asked).toEqual(['asked/1', 'waiting/1']);
  expect(vi.getTimerCount()).toBe(0);
});
