import { eventPhase } from '../phase.ts';
import type { SurveyedRound } from '../survey.ts';

/** Whether somebody has to do something about a lost gate. A closed event issues nothing, so it misses none. */
export function isAlarmingLoss({ event, lost }: SurveyedRound, nowMs: number): boolean {
  const { roundRow, strategy } = event;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: 0 }, nowMs);
  return lost && phase !== 'closed' && strategy !== 'unsafe';
}

/** How many claims MySQL could not take that somebody has to look at. The control oversells on purpose. */
export const alarmingSetAside = ({ event, setAside }: SurveyedRound): number =>
  event.strategy === 'unsafe' ? 0 : setAside;
