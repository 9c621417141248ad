import { expect, it } from 'vitest';
import type { RoundStatus } from '../../../core/engines/engine.ts';
import { createOutboxWatch } from '../../../core/readiness/outbox-watch.ts';
import { readRoundStatuses } from '../../../core/rounds/round-statuses.ts';
import { useLab, users } from '../../support/lab.ts';

/** Claims wait in the outbox longest while MySQL is down, so the outbox watch must work without MySQL. */
const lab = useLab();

it.each([
  ['refuses', () => Promise.reject(new Error('MySQL is away'))],
  ['hangs', () => Promise.withResolvers<never>().promise],
])(
  'while MySQL %s, the outbox watch asks Redis about the rounds that MySQL last listed as live',
  async (_how, away) => {
    const { first } = lab;
    const { eventId, round } = await lab.createEvent();
    let rounds: () => Promise<RoundStatus[]> = away;
    const watch = createOutboxWatch(first.stores, () => rounds());
    // Nobody knows whether claims are waiting, so the answer must not be an empty list.
    await expect(watch()).rejects.toThrow('MySQL has not answered yet');
    rounds = () => readRoundStatuses(first.stores);
    const waiting = async () => (await watch()).reduce((total, { claims }) => total + claims, 0);
    await expect.poll(waiting).toBe(0);
    rounds = away;
    await lab.race(eventId, users(7));
    expect(await waiting()).toBe(7);
    await lab.persisted({ eventId, round });
    expect(await waiting()).toBe(0);
  },
);
