import { say } from '../../messages/message.ts';
import { newestClaim } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { NewerGate, isInert, isWrongType, parseGate, type Gate } from '../../gate/gate.ts';
import { judgeMissingGate, replacesLostGate, type GateEvidence } from '../../gate/missing-gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundSnapshot } from '../engine.ts';
import { toOutboxEntry } from '../stream/outbox.ts';
import { lackOfPromised } from './promised-claims.ts';

/**
 * Takes a snapshot of the event's current round. Reads MySQL before Redis, so that the gate must know every claim that
 * was seen in MySQL.
 */
export async function takeSnapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot> {
  const { db, redis } = stores;
  const { eventId, currentRound: round } = event;
  const keys = roundKeys(eventId, round);
  const [newestStored, opening] = await Promise.all([
    newestClaim(db, eventId, round),
    readOpeningEvidence(db, event.roundRow),
  ]);
  // A rebuild of a retired round creates the gate in its last step.
  const isRetired = event.roundRow.retiredAtMs !== null;
  if (isRetired && (await redis.of(eventId).client.exists(keys.gate)) === 0) return withoutRedis(newestStored);
  const evidence = { ...opening, redisNowMs: stores.clock.nowMs(eventId) };
  const replies = await redis
    .of(eventId)
    .client.multi()
    .hgetall(keys.gate)
    .xrevrange(keys.outbox, '+', '-', 'COUNT', 1)
    .hlen(keys.winners)
    .hlen(keys.attempts)
    .hlen(keys.holders)
    .zcard(keys.returned)
    .hlen(keys.setAside)
    .exec();
  if (replies === null) throw new Fault('unavailable', say('round_unreadable', { eventId }));
  const damaged = replies.flatMap(([err], i) => (isWrongType(err) ? [snapshotKeys[i]] : []));
  for (const [err] of replies) if (err !== null && !isWrongType(err)) throw err;
  const [hash, newest, winners, attempts, holders, returned] = replies.map(([err, reply]) =>
    err === null ? reply : 0,
  );
  const fields = (hash === 0 ? {} : hash) as Record<string, string>;
  const counts = {
    ...{ winners: Number(winners), attempts: Number(attempts) },
    ...{ holders: Number(holders), returned: Number(returned) },
  };
  const [last] = newest === 0 ? [] : (newest as [string, string[]][]);
  const lastEntryId = last?.[0] ?? null;
  const judged =
    damaged.length > 0
      ? ({ kind: 'lost', why: `another program overwrote its ${damaged.join(', ')}`, seen: fields } as const)
      : judgeStanding(stores, event, evidence, fields, { ...counts, waits: lastEntryId !== null });
  const lack =
    judged.kind === 'gate' || judged.kind === 'inert' ? await lackOfPromised(stores, event, judged.gate) : null;
  const found = judged.kind === 'inert' ? ({ kind: 'none' } as const) : judged;
  const standing = lack === null ? found : ({ kind: 'lost', why: lack, seen: fields } as const);
  return {
    standing,
    inRedis: true,
    lastEntryId,
    waitingTo: last === undefined ? 0 : highestOf(last),
    counts,
    newestStored,
  };
}

/** The last serial of an entry; 0 for an entry that another program wrote. */
function highestOf([id, fields]: [string, string[]]): number {
  const { firstSerial, userIds } = toOutboxEntry(id, fields);
  const highest = firstSerial + userIds.length - 1;
  return Number.isSafeInteger(highest) ? highest : 0;
}

const snapshotKeys = ['gate', 'outbox', 'winners', 'attempts', 'holders', 'returned', 'setAside'] as const;

/** The snapshot of a round that left nothing in Redis. */
export const withoutRedis = (newestStored: RoundSnapshot['newestStored']): RoundSnapshot => ({
  standing: { kind: 'none' },
  inRedis: false,
  lastEntryId: null,
  waitingTo: 0,
  newestStored,
  counts: { winners: 0, attempts: 0, holders: 0, returned: 0 },
});

function judgeStanding(
  { seedLeadMs }: Stores,
  { eventId, strategy, currentRound, roundRow }: EventRow,
  evidence: GateEvidence,
  fields: Record<string, string>,
  parts: RoundSnapshot['counts'] & { waits: boolean },
): RoundSnapshot['standing'] | { kind: 'inert'; gate: Gate } {
  const lost = (why: string) => ({ kind: 'lost', why, seen: fields }) as const;
  let gate: Gate | null;
  try {
    gate = parseGate(eventId, fields);
  } catch (err) {
    if (err instanceof Fault && !(err instanceof NewerGate)) return lost(err.message);
    throw err;
  }
  if (gate === null) {
    const missing = judgeMissingGate(roundRow, evidence, seedLeadMs);
    const { rebuildingAtMs } = roundRow;
    if (missing === 'lost' && rebuildingAtMs !== null) {
      const since = new Date(rebuildingAtMs).toISOString();
      return lost(`a rebuild began at ${since}, and died halfway or is still running`);
    }
    if (missing === 'lost') return lost('it is no longer in Redis');
    // Parts without a gate mean a loss: retiring unlinks everything in one step, and a round without claims has no
    // parts.
    const hasParts = parts.winners > 0 || parts.waits;
    return hasParts && missing !== 'retired' ? lost('parts of its round exist without it') : { kind: 'none' };
  }
  if (gate.round > currentRound) return { kind: 'none' };
  // A reset has begun the row's round, but not replaced the gate yet, so nobody can have claimed in the new round.
  if (gate.round < currentRound && roundRow.seededAtMs === null) return { kind: 'none' };
  if (gate.round < currentRound) return lost(`it is in round ${gate.round}, but MySQL is in round ${currentRound}`);
  if (!isInert(gate)) {
    if (gate.strategy !== strategy) return lost(`its strategy is ${gate.strategy}, but MySQL has ${strategy}`);
    if (parts.attempts === parts.holders) return { kind: 'gate', gate };
    return lost(`${parts.attempts} units are being written, but there are ${parts.holders} holders`);
  }
  if (!replacesLostGate(gate, roundRow, evidence)) return { kind: 'inert', gate };
  return lost('it was made again although claims may have been accepted before');
}
