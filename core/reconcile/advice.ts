import type { DriftKind } from '../compare/drift-kind.ts';
import { say, type Message } from '../messages/message.ts';

/** Advice for one kind of drift: before a repair, or (`repaired`) after a repair that could not fix it. */
export const adviceFor = (kind: DriftKind, repaired: boolean, eventId: string): Message =>
  !repaired && isMendable(kind) ? say('advise_repair', { kind, eventId }) : say(`advise_${kind}`);

function isMendable(kind: DriftKind): boolean {
  switch (kind) {
    case 'missing_in_db':
    case 'missing_in_redis':
    case 'counter_drift':
    case 'stale_round':
    case 'config_drift':
      return true;
    case 'serial_gap':
    case 'over_stock':
    case 'duplicate_user':
    case 'conflict':
      return false;
  }
}

/** Advice for an event that a repair paused. `counter` is the last serial known to be given. */
export const pausedAdvice = (eventId: string, why: string, counter: number): Message[] => [
  say('advise_paused', { eventId, why }),
  say('advise_resume_above', { eventId, next: counter + 1 }),
  say('advise_resume', { eventId, next: counter + 1 }),
  say('advise_close', { eventId }),
];

/** Advice for a lost gate: before a repair, or (`repaired`) after a repair that could not rebuild it. */
export const lostAdvice = (eventId: string, repaired: boolean): Message =>
  repaired ? say('advise_gate_still_lost') : say('advise_gate_lost', { eventId });

/**
 * Advice about an earlier repair that did not finish. `done`: the current repair finished what the earlier one left.
 */
export const unfinishedAdvice = (
  eventId: string,
  { actor, begunAtMs }: { actor: string; begunAtMs: number },
  done: boolean,
): Message => say('advise_unfinished', { eventId, actor, begunAt: new Date(begunAtMs).toISOString(), done });
