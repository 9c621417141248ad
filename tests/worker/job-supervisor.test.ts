import { expect, it } from 'vitest';
import { lockEvent } from '../../core/gate/sync-gate.ts';
import { sweepEveryMs } from '../../core/jobs/job-queue.ts';
import { gateKey, heartbeatKey } from '../../core/redis/keys.ts';
import { createHandlers } from '../../worker/handlers.ts';
import { startJobSupervisor } from '../../worker/job-supervisor.ts';
import { useLab } from '../support/lab.ts';
import { waitFor } from '../support/wait-for.ts';

const lab = useLab();

const redis = () => lab.first.stores.redis.system.client;
const heartbeat = () => redis().get(heartbeatKey);

it('a worker reports that it is alive even during a long sweep', async () => {
  const { promise: sweeping, resolve: sweepStarted } = Promise.withResolvers<void>();
  const { promise: swept, resolve: endSweep } = Promise.withResolvers<void>();
  const supervisor = startJobSupervisor(lab.first.stores, lab.first.jobs, () => {
    sweepStarted();
    return swept;
  });
  await sweeping;
  await waitFor(heartbeat, { what: 'the first heartbeat' });
  await redis().del(heartbeatKey);
  await waitFor(heartbeat, { what: 'another heartbeat', limitMs: 3 * sweepEveryMs });
  endSweep();
  await supervisor.stop();
});

it('a worker runs one sweep at a time, so that other jobs can run during a long sweep', async () => {
  const { eventId } = await lab.createEvent();
  const handlers = createHandlers(lab.first.stores, lab.first.jobs, 86_400_000);
  let ended = 0;
  const sweep = () => handlers.sweep({}).then(() => (ended += 1));
  const { first } = await lab.first.stores.db.$transaction(async (tx) => {
    // A sweep is about to apply the gate's pending changes, and waits for this transaction.
    await lockEvent(tx, eventId);
    await redis().hset(gateKey(eventId), 'version', 2);
    const first = sweep();
    await Promise.all([sweep(), sweep()]);
    expect(ended).toBe(2);
    return { first };
  });
  await first;
  expect(ended).toBe(3);
});
