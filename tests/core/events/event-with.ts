import type { EventRow } from '../../../core/events/event-rows.ts';
import { plainInfo } from './plain-info.ts';

export const opensAtMs = 1_000_000;

/** An event in its first round. It has default values, except those in `change`. */
export function eventWith(change: Partial<EventRow['roundRow']> = {}): EventRow {
  return {
    eventId: 'ev',
    strategy: 'redis-stream',
    version: 3,
    currentRound: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    approvalAmount: null,
    approvalStock: null,
    ...plainInfo,
    ...{ name: 'Opening', amount: 10_000 },
    roundRow: {
      eventId: 'ev',
      round: 1,
      stock: 100,
      opensAtMs,
      closesAtMs: null,
      paused: false,
      closedAtMs: null,
      codeKey: Buffer.alloc(32),
      seededAtMs: null,
      soldOutAtMs: null,
      firstClaimAtMs: null,
      verifiedAtMs: null,
      retiredAtMs: null,
      unlinkedAtMs: null,
      rebuildingAtMs: null,
      retiredCounter: null,
      needsApproval: false,
      approvalAskedBy: null,
      reserved: '',
      trustedBy: null,
      trustCount: 0,
      createdAtMs: 0,
      joinsFromMs: null,
      ...change,
    },
  };
}
