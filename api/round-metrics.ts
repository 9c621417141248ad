import { engineOf } from '../core/engines/engines.ts';
import { Gauge, type Registry } from 'prom-client';
import type { Platform } from '../core/platform.ts';
import { countFaults } from '../core/readiness/alarm.ts';
import type { SurveyedRound } from '../core/engines/engine.ts';
import { inTime } from './in-time.ts';
import { metricNames as names } from './metric-names.ts';

/**
 * What the stores say of the rounds that are in Redis, asked for when somebody reads the metrics (and shared for 1 s).
 * All processes see the same stores, so of several the highest value counts. While a store does not answer there is
 * no value.
 */
export function watchRounds(registry: Registry, { health, clock }: Pick<Platform, 'health' | 'clock'>): void {
  const asked = <Seen>(name: string, help: string, ask: () => Promise<Seen>, read: (seen: Seen) => number | null) => {
    new Gauge({
      name,
      help,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        this.remove();
        const seen = await inTime(ask);
        const value = seen === null ? null : read(seen);
        if (value !== null) this.set(value);
      },
    });
  };
  const gauge = (name: string, help: string, read: (rounds: SurveyedRound[]) => number) =>
    asked(name, help, () => health.rounds(), read);
  const sum = (rounds: SurveyedRound[], read: (round: SurveyedRound) => number): number =>
    rounds.reduce((total, round) => total + read(round), 0);

  gauge(names.rounds, 'Rounds that are in Redis', (rounds) => rounds.length);
  gauge(names.issued, 'Claims that the gates in Redis have issued', (rounds) =>
    sum(rounds, ({ gate }) => gate?.issued ?? 0),
  );
  gauge(names.outbox, 'Claims that are accepted and not yet in MySQL', (rounds) =>
    sum(rounds, ({ outbox }) => outbox.claims),
  );
  asked(
    names.setAside,
    'Claims that MySQL could not store and nobody has settled, in all rounds',
    () => health.faults(),
    // While MySQL is away nobody knows that there are none.
    ({ rounds, complete }) => (complete || rounds.length > 0 ? countFaults(rounds) : null),
  );
  gauge(names.gatesLost, 'Events that are stopped because their gate is lost', (rounds) =>
    sum(rounds, (round) =>
      round.lost && engineOf(round.event.strategy).isAlarmingLoss(round.event, clock.nowMs()) ? 1 : 0,
    ),
  );
  gauge(names.persistenceLag, 'Age of the oldest claim that is not in MySQL', (rounds) => {
    const oldestAtMs = Math.min(...rounds.map(({ outbox }) => outbox.oldestAtMs ?? Infinity));
    return oldestAtMs === Infinity ? 0 : Math.max(0, clock.nowMs() - oldestAtMs) / 1_000;
  });
}
