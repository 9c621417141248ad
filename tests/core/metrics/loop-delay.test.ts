import { expect, it } from 'vitest';
import { watchLoopDelay } from '../../../core/metrics/loop-delay.ts';
import { waitFor } from '../../support/wait-for.ts';

it('work that holds the event loop shows as a delay of at least as long, less the 20 ms between two measurements', async () => {
  const seen: number[] = [];
  watchLoopDelay((lateMs) => seen.push(lateMs));
  await waitFor(() => seen.length > 0, { what: 'a first measurement' });
  const untilMs = performance.now() + 200;
  while (performance.now() < untilMs);
  const before = seen.length;
  await waitFor(() => seen.length > before, { what: 'a measurement after the work' });
  expect(Math.max(...seen)).toBeGreaterThanOrEqual(180);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
});
