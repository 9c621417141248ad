import type { SerialSet } from '../compare/serial-set.ts';
import { findUnitRows } from '../engines/units/unit-rows.ts';
import { endAttempts, unitsPerCallMax } from '../engines/units/unit-scripts.ts';
import { roundKeys } from '../redis/keys.ts';
import { inPieces } from '../runtime/in-pieces.ts';
import type { JudgedRound } from './claim-case.ts';

/**
 * Leaves each unit number in one place only. A winner keeps the number for good. If no winner has the number, an
 * attempt keeps it until MySQL has been asked. `taken` holds the winners' numbers. Safe while claims arrive: an attempt
 * ends only if MySQL, too, has the winner's claim, and the script checks that the winner still has the number. Resolves
 * to how many numbers were in two places.
 */
export async function mendTwofold({ stores, event }: JudgedRound, taken: SerialSet): Promise<number> {
  const { eventId, currentRound: round } = event;
  const { client } = stores.redis.of(eventId);
  const keys = roundKeys(eventId, round);
  // The attempts are read as raw text, so that an attempt that can't be parsed can be ended like any other.
  const noted = Object.entries(await client.hgetall(keys.attempts));
  const attempts = noted.map(([number, attempt]) => ({ number: Number(number), attempt }));
  const returned = (await client.zrange(keys.returned, '0', '-1')).map(Number);
  const cameBack = new Set(returned);
  const twofold = attempts.filter(({ number }) => taken.has(number) || cameBack.has(number));
  let mended = 0;
  for (const piece of inPieces(twofold, unitsPerCallMax)) {
    const serials = piece.map(({ number }) => number);
    const rows = await findUnitRows(stores.db, { eventId, round, serials, userIds: [] });
    const owners = new Map(rows.map(({ serial, userId }) => [serial, userId]));
    const numbers = piece.map(({ number, attempt }) => ({ number, attempt, userId: owners.get(number) ?? null }));
    mended += await endAttempts(client, keys, round, numbers);
  }
  // A winner keeps the number, whatever MySQL says.
  for (const numbers of inPieces(
    returned.filter((number) => taken.has(number)),
    unitsPerCallMax,
  )) {
    mended += await client.zrem(keys.returned, ...numbers);
  }
  return mended;
}
