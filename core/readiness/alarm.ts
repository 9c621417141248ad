import { givesUnits } from '../event.ts';
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

/** How many claims MySQL could not take that somebody has to look at. The control oversells on purpose. */
export const alarmingSetAside = ({ event, setAside }: SurveyedRound): number =>
  event.strategy === 'unsafe' ? 0 : setAside;
