import { countOpenFaults, listFaults, type ClaimFaultView } from '../claims/claim-faults.ts';
import type { DriftKind } from '../compare/drift-kind.ts';
import { detailOf, FindingLog, type Finding } from '../compare/finding.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { isWrongType } from '../gate/gate.ts';
import { toWinner } from '../gate/winner-pages.ts';
import { say } from '../messages/message.ts';
import { inPieces } from '../runtime/in-pieces.ts';
import type { Stores } from '../stores/stores.ts';
import { suspectsMax } from './claim-case.ts';

/** Beyond this number, open faults are counted but not listed. */
const faultsMax = 1_000;

/**
 * Claims of any round of the event that MySQL could not store and nobody has settled. Each is a `conflict`, because the
 * user was promised a claim that MySQL lacks. Leaves out claims of the current round's winners, which judging the round
 * finds.
 */
export async function findOpenFaults(stores: Stores, event: EventRow): Promise<Finding<DriftKind>[]> {
  const { eventId } = event;
  const log = new FindingLog<DriftKind>();
  const faults = (await listFaults(stores.db, { eventId, limit: faultsMax })).filter(
    ({ settled, stored }) => settled === null && !stored,
  );
  const judged = await winnersAmong(stores, event, faults);
  for (const { id, round, serial, userId, reason, detail } of faults) {
    if (judged.has(id)) continue;
    log.add('conflict', { serial, userId, ...detailOf(say('found_unstored', { round, reason, detail })) });
  }
  if (faults.length === faultsMax) {
    const more = (await countOpenFaults(stores.db, eventId)) - faultsMax;
    if (more > 0) log.add('conflict', detailOf(say('found_more_unstored', { more })), more);
  }
  return log.list();
}

/** The ids of the faults whose user has won the same serial in the current round. */
async function winnersAmong(stores: Stores, event: EventRow, faults: readonly ClaimFaultView[]): Promise<Set<number>> {
  const found = new Set<number>();
  const engine = engineOf(event.strategy);
  const current = faults.filter(({ round }) => round === event.currentRound);
  for (const piece of inPieces(current, suspectsMax)) {
    const userIds = piece.map(({ userId }) => userId);
    const texts = await engine.winnersAmong(stores, event, userIds).catch((err: unknown) => {
      if (isWrongType(err)) return [];
      throw err;
    });
    piece.forEach(({ id, serial, userId }, i) => {
      const text = texts[i];
      if (typeof text === 'string' && toWinner(userId, text).serial === serial) found.add(id);
    });
  }
  return found;
}
