import { expect, it } from 'vitest';
import { engineOf } from '../../../core/engines/engines.ts';
import { strategyNames, type StrategyName } from '../../../core/events/event.ts';
import { alarmingFaults } from '../../../core/readiness/alarm.ts';
import { eventWith } from '../events/event-with.ts';

const statusOf = (strategy: StrategyName) => ({
  event: { ...eventWith(), strategy },
  ...{ current: true, gate: null, outbox: { claims: 0, oldestAtMs: null }, setAside: 3, lost: false },
});

it.each(strategyNames)(
  'claims of %s that MySQL could not store raise an alarm, except under the control strategy',
  (strategy) => {
    const claims = alarmingFaults([], [statusOf(strategy)]).map((faults) => faults.claims);
    expect(claims).toEqual(strategy === 'unsafe' ? [] : [3]);
  },
);

it.each(strategyNames)(
  'an open event of %s that lost its gate raises an alarm if a gate decides its claims',
  (strategy) => {
    const { event } = statusOf(strategy);
    const openAtMs = event.roundRow.opensAtMs + 1;
    const decidedByGate = ['redis-counter', 'redis-counter-set', 'redis-stream'].includes(strategy);
    expect(engineOf(strategy).isAlarmingLoss(event, openAtMs)).toBe(decidedByGate);
  },
);
