import { countClaims } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { eventPhase } from '../../events/phase.ts';
import { mayHaveClaims } from '../../gate/missing-gate.ts';
import type { DbReader } from '../../mysql/open-db.ts';

/**
 * Whether accepted claims may be missing from both stores. A claim is accepted before MySQL has it. So claims may be
 * missing if the round may have opened, part of the stock is not in MySQL, and no check after the closing found all
 * claims in MySQL.
 */
export async function doubtOfLoss(db: DbReader, event: EventRow, nowMs: number): Promise<'paused' | 'closed' | null> {
  const { eventId, currentRound: round, roundRow } = event;
  // People who may have joined the line before the opening have no claims yet.
  if (
    !mayHaveClaims(
      { ...roundRow, joinsFromMs: null },
      { ...(await readOpeningEvidence(db, roundRow)), redisNowMs: nowMs },
    )
  )
    return null;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: 0 }, nowMs);
  if (phase === 'closed' && roundRow.verifiedAtMs !== null) return null;
  if ((await countClaims(db, eventId, round)) >= roundRow.stock) return null;
  return phase === 'closed' ? 'closed' : 'paused';
}
