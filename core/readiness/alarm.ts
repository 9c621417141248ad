import type { OpenFaults } from '../claims/claim-faults.ts';
import type { RoundStatus } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';

/**
 * Rounds with claims that MySQL could not store and that nobody has settled: those that `claim_faults` has for any
 * round, and those that Redis has for live rounds. Redis's marks go a moment after a fault is settled. If MySQL has
 * lost its rows, only the marks are left.
 */
export function alarmingFaults(open: readonly OpenFaults[], statuses: readonly RoundStatus[]): OpenFaults[] {
  const rounds = new Map(open.map((faults) => [roundName(faults), faults]));
  for (const { event, setAside } of statuses) {
    const { eventId, round } = event.roundRow;
    const known = rounds.get(roundName({ eventId, round }));
    if (!engineOf(event.strategy).mindsFaults() || setAside <= (known?.claims ?? 0)) continue;
    rounds.set(roundName({ eventId, round }), { eventId, round, claims: setAside });
  }
  return [...rounds.values()];
}

/** The claims of all these rounds. */
export const countFaults = (rounds: readonly OpenFaults[]): number =>
  rounds.reduce((sum, { claims }) => sum + claims, 0);

const roundName = ({ eventId, round }: { eventId: string; round: number }): string => `${eventId}/${round}`;
