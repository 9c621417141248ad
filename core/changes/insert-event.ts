import { randomBytes } from 'node:crypto';
import type { Actor } from '../access/actor.ts';
import { auditChange } from '../audit/audit-change.ts';
import { createCodeKey } from '../claims/code.ts';
import { writeInfoColumns } from '../events/event-columns.ts';
import { eachField, type EventInfo } from '../events/event-fields.ts';
import { findEvent } from '../events/event-rows.ts';
import { limits as fieldLimits } from '../events/event.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { isAbove, type ApprovalLimits } from './approval.ts';
import type { CreateEventInput } from './inputs.ts';
import type { NextRound } from './next-round.ts';

/** Writes a new event with its first round and its audit entry. Resolves to the event's id. */
export async function insertEvent(
  tx: DbTransaction,
  input: CreateEventInput,
  actor: Actor,
  limits: ApprovalLimits,
  nowMs: number,
): Promise<string> {
  const eventId = `ev_${randomBytes(9).toString('base64url')}`;
  const { strategy, closesAtMs = null } = input;
  const now = new Date(nowMs);
  await tx.event.create({
    data: {
      id: eventId,
      ...writeInfoColumns(infoOf(input)),
      strategy,
      approvalAmount: limits.amount === null ? null : BigInt(limits.amount),
      // A limit above any possible stock has no effect, and might not fit in the column.
      approvalStock: limits.stock === null ? null : Math.min(limits.stock, fieldLimits.stockMax),
      round: 1,
      version: 1,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true },
  });
  const { stock, opensAtMs } = input;
  const approvalAskedBy = isAbove(input, limits) ? actor.name : null;
  const round = { stock, opensAtMs, closesAtMs, paused: false, seededAtMs: null, approvalAskedBy };
  await insertRound(tx, { eventId, round: 1, ...round }, nowMs);
  const { name: by, role, keyId, door, reason = null } = actor;
  const asked = { action: 'event.create', actor: by, role, keyId, door, reason, requestId: input.requestId ?? null };
  const event = await findEvent(tx, eventId);
  if (event === null) throw new Error(`Event ${eventId} was inserted but can't be read.`);
  await auditChange(tx, { ...asked, atMs: nowMs }, null, event);
  return eventId;
}

const infoOf = (input: CreateEventInput): EventInfo => eachField<EventInfo>((name) => input[name] ?? null);

/** Writes a round with a new code key. */
export async function insertRound(
  tx: DbTransaction,
  { eventId, round, stock, opensAtMs, closesAtMs, paused, seededAtMs, approvalAskedBy }: NewRound,
  nowMs: number,
): Promise<void> {
  await tx.round.create({
    data: {
      ...{ eventId, round, stock, paused, approvalAskedBy, needsApproval: approvalAskedBy !== null },
      opensAt: new Date(opensAtMs),
      closesAt: closesAtMs === null ? null : new Date(closesAtMs),
      seededAt: seededAtMs === null ? null : new Date(seededAtMs),
      codeKey: new Uint8Array(createCodeKey()),
      createdAt: new Date(nowMs),
    },
    select: { round: true },
  });
}

type NewRound = NextRound & {
  eventId: string;
  round: number;
  seededAtMs: number | null;
  /** The admin who asks for the approval that the round needs; null if it needs none. */
  approvalAskedBy: string | null;
};
