import { distrustGate } from '../../gate/gate-scripts.ts';
import { readGate, type Gate } from '../../gate/gate.ts';
import type { RedisLink } from '../../redis/open-redis.ts';
import type { Stores } from '../../stores/stores.ts';

/**
 * Reads a gate, and stops it if it is trusted although it lacks claims that this process promised, or took over from a
 * process that ended. That process may have sold on the old primary and come over too late to be asked. Resolves to the
 * gate as it decides now; null if there is none.
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
      `event ${eventId} goes on without serials ${from} to ${to}, which were promised: users who hold them can prove it by their codes`,
    );
    return gate;
  }
  log.error(fields, `event ${eventId} is stopped: serials ${from} to ${to} were promised, and its gate lacks them`);
  // Everybody who asks what was promised has to find it on record.
  await roster.enter();
  await distrustGate(client, eventId, gate.round, runId);
  return readGate(client, eventId);
}
