import { givesUnits } from '../event.ts';
import type { OpenFaults } from '../mysql/claim-faults.ts';
import { eventPhase } from '../phase.ts';
import type { SurveyedRound } from '../survey.ts';

/**
 * Whether somebody has to do something about a lost gate. A closed event issues nothing, so it misses none, once MySQL was
 * seen to have all of its claims; until then some may be lost with the gate.
 */
export function isAlarmingLoss({ event, lost }: Pick<SurveyedRound, 'event' | 'lost'>, nowMs: number): boolean {
  const { roundRow, strategy } = event;
  if (!lost || strategy === 'unsafe') return false;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: 0 }, nowMs);
  if (phase !== 'closed') return true;
  return roundRow.verifiedAtMs === null && nowMs >= roundRow.opensAtMs && !givesUnits(strategy);
}

/**
 * Rounds with claims that MySQL could not store and that nobody has settled, for somebody to look at: what `claim_faults`
 * says of every round there ever was, and what Redis says of those it holds. Redis's marks go a moment after a fault is
 * settled, and are all that is left where MySQL lost its rows. The control oversells on purpose.
 */
export function alarmingFaults(open: readonly OpenFaults[], surveyed: readonly SurveyedRound[]): OpenFaults[] {
  const rounds = new Map(open.map((faults) => [roundName(faults), faults]));
  for (const { event, setAside } of surveyed) {
    const { eventId, round } = event.roundRow;
    const known = rounds.get(roundName({ eventId, round }));
    if (event.strategy === 'unsafe' || setAside <= (known?.claims ?? 0)) continue;
    rounds.set(roundName({ eventId, round }), { eventId, round, claims: setAside });
  }
  return [...rounds.values()];
}

/** Claims of all the rounds together. */
export const countFaults = (rounds: readonly OpenFaults[]): number =>
  rounds.reduce((sum, { claims }) => sum + claims, 0);

const roundName = ({ eventId, round }: { eventId: string; round: number }): string => `${eventId}/${round}`;
