import type { Actor } from '../access/actor.ts';
import { appendAudit } from '../audit/audit-rows.ts';
import { engineOf } from '../engines/engines.ts';
import { findRound, type EventRow } from '../events/event-rows.ts';
import { highestGiven } from '../gate/gate-counter.ts';
import type { Gate } from '../gate/gate.ts';
import { putWinners } from '../gate/repair-scripts.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import { findWinnerOf } from '../gate/winner-pages.ts';
import { say } from '../messages/message.ts';
import { mysqlErrno } from '../mysql/mysql-error.ts';
import { lookForDoubt } from '../reconcile/round-doubt.ts';
import { roundKeys } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

/** A claim that its user has proved. `claimedAtMs` is null if no store knows its time any more. */
export type ProvedClaim = { serial: number; userId: string; code: string; claimedAtMs: number | null };

const duplicate = 1062;

/**
 * Puts a proved claim back where it is missing: raises the counter to at least the claim's serial, writes the row and
 * its audit entry to MySQL, then adds the winner to the gate. If the process dies before the last step, nobody else can
 * get the serial, and repeating the call or repairing the event completes the restore. Returns `taken` if MySQL has
 * another claim with the same serial or of the same user.
 */
export async function putBackClaim(
  stores: Stores,
  event: EventRow,
  claim: ProvedClaim,
  actor: Actor,
): Promise<'put_back' | 'taken'> {
  const { eventId, strategy } = event;
  const { round } = event.roundRow;
  const { client } = stores.redis.of(eventId);
  const { serial, userId } = claim;
  const keys = roundKeys(eventId, round);
  const expected = { round, strategy };
  const gate = await gateToMend(stores, event);
  if (gate !== null) {
    const winner = await findWinnerOf(stores.redis.of(eventId), keys.winners, (found) => found.serial === serial);
    if (winner !== null && winner.userId !== userId) return 'taken';
    refuseBeyond(eventId, serial, gate.stock);
    if (serial > highestGiven(gate)) {
      if (!gate.paused && !gate.closed) throw mustPause(eventId, serial);
      const raised = await engineOf(strategy).raiseCounter(client, event, serial);
      if (raised?.kind === 'unpaused') throw mustPause(eventId, serial);
      if (raised?.kind === 'gone') throw changedMeanwhile(eventId);
    }
  }
  const claimedAtMs = await insertRow(stores, event, claim, { actor, hasGate: gate !== null });
  if (claimedAtMs === null) return 'taken';
  if (gate === null) return 'put_back';
  const winner = { serial, userId, claimedAtMs };
  const [put = 'gone'] = await putWinners(client, keys, expected, [winner], { mayRaise: true });
  switch (put) {
    case 'put':
    case 'held':
      await client.hdel(keys.setAside, userId);
      return 'put_back';
    case 'beyond':
      throw mustPause(eventId, serial);
    case 'no_place':
      throw new Fault('conflict', say('claim_blocked', { eventId, serial }));
    case 'gone':
      throw changedMeanwhile(eventId);
  }
}

/**
 * The gate that needs the winner too; null if the round is only in MySQL. Throws if the gate must be repaired first.
 */
async function gateToMend(stores: Stores, event: EventRow): Promise<Gate | null> {
  const { eventId, currentRound, roundRow } = event;
  if (roundRow.round !== currentRound) return null;
  if (roundRow.rebuildingAtMs !== null) {
    throw new Fault('busy', say('event_coming_back', { eventId }));
  }
  if (engineOf(event.strategy).outOfRedis(event) !== null) return null;
  const { doubt, gate } = await lookForDoubt(stores, event);
  if (doubt !== null) {
    throw new Fault('gate_lost', say('lost_part_restore', { eventId, doubt }));
  }
  if (gate === null && roundRow.retiredAtMs === null) {
    throw new Fault('conflict', say('claim_before_gate', { eventId, round: currentRound }));
  }
  return gate;
}

/** Resolves to the claim's time in MySQL, or to null if the serial or the user has another claim. */
async function insertRow(
  { db, clock }: Stores,
  { eventId, strategy, roundRow: { round } }: EventRow,
  { serial, userId, code, claimedAtMs }: ProvedClaim,
  { actor, hasGate }: { actor: Actor; hasGate: boolean },
): Promise<number | null> {
  const engine = engineOf(strategy);
  try {
    return await db.$transaction(async (tx) => {
      const current = await lockEvent(tx, eventId);
      if (!hasGate && engineOf(current.strategy).belongsInRedis(current, round)) throw changedMeanwhile(eventId);
      const rows = await tx.claim.findMany({ where: { eventId, round, OR: [{ serial }, { userId }] } });
      const own = rows.find((row) => row.serial === serial && row.userId === userId);
      if (own !== undefined) return own.claimedAt.getTime();
      if (rows.length > 0) return null;
      const nowMs = clock.nowMs();
      const roundRow = (await findRound(tx, eventId, round))?.roundRow;
      if (roundRow === undefined) throw new Fault('not_found', say('no_round', { eventId, round }));
      refuseBeyond(eventId, serial, roundRow.stock);
      const { closedAtMs, closesAtMs } = roundRow;
      const takesClaims = !roundRow.paused && closedAtMs === null && (closesAtMs === null || nowMs < closesAtMs);
      // With this strategy, the next claims get the serials after the highest one in MySQL, so a claim in progress may
      // be about to take this serial.
      const next = current.currentRound === round ? await engine.nextSerialInRows(tx, current) : null;
      if (next !== null && takesClaims && serial >= next) throw mustPause(eventId, serial);
      const before = await tx.claim.findFirst({
        where: { eventId, round, serial: { lt: serial } },
        orderBy: { serial: 'desc' },
        select: { claimedAt: true },
      });
      const atMs = claimedAtMs ?? before?.claimedAt.getTime() ?? Math.min(roundRow.opensAtMs, nowMs);
      const claimedAt = new Date(atMs);
      await tx.claim.create({
        data: { eventId, round, serial, userId, code, claimedAt, persistedAt: new Date(nowMs) },
        select: { serial: true },
      });
      const { name, role, keyId, door, reason = null } = actor;
      await appendAudit(
        tx,
        {
          ...{ action: 'claim.restored', actor: name, role, keyId, door, reason, eventId, round, requestId: null },
          ...{ before: null, after: { userId, serial, claimedAt: claimedAt.toISOString() } },
        },
        nowMs,
      );
      return atMs;
    });
  } catch (err) {
    // A drain, or an earlier attempt at this call, stored the row first. A repeated call finds the claim restored.
    if (mysqlErrno(err) === duplicate) return null;
    throw err;
  }
}

function refuseBeyond(eventId: string, serial: number, stock: number): void {
  if (serial <= stock) return;
  throw new Fault('conflict', say('claim_above_stock', { eventId, serial, stock }));
}

const mustPause = (eventId: string, serial: number): Fault =>
  new Fault('conflict', say('claim_needs_pause', { eventId, serial }));

const changedMeanwhile = (eventId: string): Fault =>
  new Fault('unavailable', say('changed_during_restore', { eventId }));
