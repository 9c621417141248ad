import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../access/actor.ts';
import { auditChange } from '../audit/audit-change.ts';
import { engineOf } from '../engines/engines.ts';
import { pickInfo } from '../events/event-fields.ts';
import { findEvent, roundConfig, type EventRow } from '../events/event-rows.ts';
import { noEvent } from '../events/no-event.ts';
import { isInert, readGate, type Gate } from '../gate/gate.ts';
import { adoptGate, lockEvent, syncGate, writeEvent } from '../gate/sync-gate.ts';
import { say, type Message } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * A change takes a few ms to get from one store to the other. Only a difference that remains after these looks is
 * drift.
 */
const looks = { max: 4, everyMs: 150 };

/** Describes each field that differs between gate and row; empty if they agree. Never shows a code key. */
export function configDifferences(event: EventRow, gate: Gate): Message[] {
  const { strategy: ruledBy, roundRow } = event;
  const row: Record<string, unknown> = {
    ...{ strategy: ruledBy, ...roundConfig(event), ...pickInfo(event) },
    reserved: roundRow.reserved,
  };
  const { strategy, version, stock, opensAtMs, heldOpensAtMs, closesAtMs, paused, closed, round, info, reserved } =
    gate;
  const there: Record<string, unknown> = {
    ...{ strategy, round, version, stock, opensAtMs, heldOpensAtMs, closesAtMs, paused, closed },
    ...info,
    reserved,
  };
  const differing = Object.keys(row).filter((field) => row[field] !== there[field]);
  return [
    ...differing.map((field) => say('found_field_differs', { field, row: show(row[field]), gate: show(there[field]) })),
    ...(event.roundRow.codeKey.equals(gate.codeKey) ? [] : [say('found_code_keys_differ')]),
    ...(gate.pendingChanges === '' ? [] : [say('found_change_pending')]),
  ];
}

const show = (value: unknown): string => JSON.stringify(value ?? null);

/** Returns the differences that outlast all looks, so that a change in progress does not count. */
export async function findConfigDrift(stores: Stores, eventId: string): Promise<Message[]> {
  for (let look = 1; ; look += 1) {
    const event = await findEvent(stores.db, eventId);
    if (event === null) throw noEvent(eventId);
    const gate = await engineOf(event.strategy)
      .readGate(stores, eventId)
      .catch((err: unknown) => {
        // An unreadable gate is a lost gate, which another check reports.
        if (err instanceof Fault && err.code === 'gate_lost') return null;
        throw err;
      });
    if (gate === null || isInert(gate)) return [];
    const isBehind = gate.round < event.currentRound;
    // A gate that is in an earlier round is lost, unless a reset has not reached the gate yet.
    if (isBehind && event.roundRow.seededAtMs !== null) return [];
    const differences = isBehind
      ? [say('found_reset_pending', { round: event.currentRound, gateRound: gate.round })]
      : configDifferences(event, gate);
    if (differences.length === 0 || look === looks.max) return differences;
    await sleep(looks.everyMs);
  }
}

/**
 * Makes row and gate agree again. The newer version wins. If both have the same version but differ, the row wins and
 * gets a newer version, because no change explains the gate's values. Resolves to whether they agree afterwards.
 */
export async function mendConfig(stores: Stores, eventId: string, actor: Actor): Promise<boolean> {
  const { db, redis, clock } = stores;
  await syncGate(stores, eventId);
  await db.$transaction(async (tx) => {
    const row = await lockEvent(tx, eventId);
    const gate = await readGate(redis.of(eventId).client, eventId);
    if (gate === null || gate.round !== row.currentRound) return;
    const nowMs = clock.nowMs();
    const event = await adoptGate(tx, row, gate, nowMs);
    if (event.version !== gate.version || configDifferences(event, gate).length === 0) return;
    const after = { ...event, version: event.version + 1 };
    await writeEvent(tx, row, after, nowMs);
    const { role, door, reason = null } = actor;
    const asked = { action: 'event.restate', actor: actor.name, role, door, reason, requestId: null, atMs: nowMs };
    await auditChange(tx, asked, event, after);
  });
  await syncGate(stores, eventId);
  return (await findConfigDrift(stores, eventId)).length === 0;
}
