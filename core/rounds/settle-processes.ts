import type { RoundStatus } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * Takes over the promises of processes that are gone, so that no process waits for them after a failover. A trusted
 * gate has everything that they promised, so this process can promise the same. `gone` must be read before `statuses`.
 * Throws if Redis does not answer.
 */
export async function settleProcesses(
  { redis, promises, roster, acks }: Stores,
  gone: readonly string[],
  statuses: readonly RoundStatus[],
): Promise<void> {
  const except: string[] = [];
  for (const { event, gate, current, lost } of gone.length === 0 ? [] : statuses) {
    const { eventId, strategy, roundRow } = event;
    if (!current || !engineOf(strategy).persistsLater || roundRow.retiredAtMs !== null) continue;
    const link = redis.of(eventId);
    if (lost || (gate !== null && gate.runId !== link.runId())) except.push(eventId);
    else if (gate !== null) {
      // Wait until the replicas have what is noted here, so that a promoted replica has it too.
      if (acks.wanted > 0) await acks.ofAll(link, eventId);
      promises.note(eventId, gate.round, gate.issued, '', gate.runId);
    }
  }
  await roster.settle(gone, except);
}
