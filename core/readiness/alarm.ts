import type { OpenFaults } from '../claims/claim-faults.ts';
import type { RoundStatus } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';

/**
 * Rounds with claims that MySQL could not store and that nobody has settled: from `claim_faults`, for any round, and
 * from Redis's set-aside marks, for live rounds. The marks are needed if MySQL has lost its rows. A fault keeps its
 * mark for a moment after it is settled.
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

export const countFaults = (rounds: readonly OpenFaults[]): number =>
  rounds.reduce((sum, { claims }) => sum + claims, 0);

const roundName = ({ eventId, round }: { eventId: string; round: number }): string => `${eventId}/${round}`;
