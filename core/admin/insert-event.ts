import { randomBytes } from 'node:crypto';
import { auditChange } from '../audit-change.ts';
import { createCodeKey } from '../code.ts';
import { findEvent } from '../mysql/event-rows.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import type { Actor, CreateEventInput } from '../platform.ts';

/** Writes a new event with its first round and the entry in the audit trail; resolves to the event's id. */
export async function insertEvent(
  tx: DbTransaction,
  input: CreateEventInput,
  actor: Actor,
  nowMs: number,
): Promise<string> {
  const eventId = `ev_${randomBytes(9).toString('base64url')}`;
  const { name, description, currency, strategy, listed, timeZone = null, closesAtMs = null } = input;
  const now = new Date(nowMs);
  await tx.event.create({
    data: {
      id: eventId,
      ...{ name, description, currency, strategy, listed, timeZone },
      amount: BigInt(input.amount),
      round: 1,
      version: 1,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true },
  });
  await tx.round.create({
    data: {
      eventId,
      round: 1,
      stock: input.stock,
      opensAt: new Date(input.opensAtMs),
      closesAt: closesAtMs === null ? null : new Date(closesAtMs),
      paused: false,
      codeKey: new Uint8Array(createCodeKey()),
      createdAt: now,
    },
    select: { round: true },
  });
  const { name: by, role, door, reason = null } = actor;
  const asked = { action: 'event.create', actor: by, role, door, reason, requestId: input.requestId ?? null };
  const event = await findEvent(tx, eventId);
  if (event === null) throw new Error(`Event ${eventId} was inserted and can't be read.`);
  await auditChange(tx, { ...asked, atMs: nowMs }, null, event);
  return eventId;
}
