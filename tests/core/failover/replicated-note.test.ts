import { expect, it, vi } from 'vitest';
import { replicatedKey } from '../../../core/redis/keys.ts';
import { useLab } from '../../support/lab.ts';

/** A Redis that has no replicas and has had none since it started. */
const lab = useLab();

it('a Redis counts as replicated for an hour after it was last seen with replicas', async () => {
  const { redis, roster, clock } = lab.first.stores;
  const { client } = redis.system;
  const gate = { eventId: 'none', round: 1, issued: 0, version: 1, runId: 'other' };
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  const fakeNow = vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  const isReplicated = async (noted: string) => {
    // Checks within 100 ms share one answer.
    aheadMs += 150;
    await client.set(replicatedKey, noted);
    return (await roster.coverage(gate, redis.system.runId() ?? '')).replicated;
  };
  const hour = 3_600_000;
  expect(await isReplicated(String(clock.nowMs() - hour - 1_000))).toBe(false);
  expect(await isReplicated(String(clock.nowMs() - hour + 60_000))).toBe(true);
  // An earlier version recorded that there were replicas, but not when.
  expect(await isReplicated('1')).toBe(false);
  await client.del(replicatedKey);
  fakeNow.mockRestore();
});
