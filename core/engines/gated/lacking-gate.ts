import { distrustGate } from '../../gate/gate-scripts.ts';
import { readGate, type Gate } from '../../gate/gate.ts';
import type { RedisLink } from '../../redis/open-redis.ts';
import type { Stores } from '../../stores/stores.ts';

/**
 * Reads a gate. Stops a trusted gate that lacks claims that were promised. Those claims were promised by this process,
 * or by one that ended and whose promises this process took over: that process may have issued them on the old primary.
 * Resolves to the gate as it is afterwards; null if there is none.
 */
export async function readGateThatLacksNothing(
  stores: Stores,
  eventId: string,
  { client }: RedisLink,
  runId: string,
): Promise<Gate | null> {
  const { promises, roster, log } = stores;
  const noted = promises.copyOf(eventId);
  const gate = await readGate(client, eventId);
  const lack = gate === null ? null : promises.lackingIn(eventId, gate, runId, noted);
  if (gate === null || lack === null) return gate;
  const { from, to, isSettled } = lack;
  const fields = { event: 'promised_claims_missing', eventId, round: gate.round, from, to };
  if (isSettled) {
    log.error(
      fields,
      `event ${eventId} continues without serials ${from} to ${to}, which were promised: users who were promised them can prove it with their codes`,
    );
    return gate;
  }
  log.error(fields, `event ${eventId} is stopped: serials ${from} to ${to} were promised, but its gate lacks them`);
  // Other processes judge the gate by what is on record, so this process's promises must be there before the gate
  // stops.
  await roster.enter();
  await distrustGate(client, eventId, gate.round, runId);
  return readGate(client, eventId);
}
