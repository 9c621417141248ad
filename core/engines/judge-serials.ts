import type { ClaimComparer } from '../compare/compare-claims.ts';
import { detailOf } from '../compare/finding.ts';
import { reservedAmong, reservedTo } from '../events/reserved-serials.ts';
import { say } from '../messages/message.ts';
import type { Judged, Judging } from './engine.ts';

/**
 * Judges a round whose serials are given in order, and never twice. A serial without a claim is reserved, or its claim
 * is gone. `counterNow` reads the gate's counter again; if there is no gate, the highest known serial takes the
 * counter's place.
 */
export async function judgeSerials(
  { event, snapshot, comparer, log, judgedTo }: Judging,
  counterNow: () => Promise<number | null>,
): Promise<Judged> {
  const gate = snapshot.standing.kind === 'gate' ? snapshot.standing.gate : null;
  const reserved = excuseReserved(comparer, gate?.reserved ?? event.roundRow.reserved, judgedTo);
  const counterAfter = gate === null ? Math.max(judgedTo, comparer.highest) : await counterNow();
  const { findings, inMySql, pending } = comparer.finish(counterAfter ?? 0);
  // The gate counts every serial without a winner as vacant. If it does not count a reserved serial as vacant, that
  // serial's claim is gone.
  const gone = gate === null ? 0 : reserved - gate.vacant;
  if (gone > 0) {
    const reserved = gate?.reserved ?? '';
    log.add('serial_gap', detailOf(say('found_reserved_gone', { gone, reserved })), gone);
  }
  // A gate whose counts do not match its winners refuses to decide, so the report needs a finding. If all claims agree,
  // the gate's own count is wrong.
  const strayed = gate === null ? 0 : snapshot.counts.winners - (gate.issued - gate.vacant);
  if (strayed !== 0 && findings.length === 0 && log.list().length === 0) {
    const { issued = 0, vacant = 0 } = gate ?? {};
    const detail = detailOf(say('found_vacant_differs', { issued, vacant, winners: snapshot.counts.winners }));
    log.add('counter_drift', detail, Math.abs(strayed));
  }
  return {
    issued: gate?.issued ?? (snapshot.inRedis ? judgedTo : inMySql),
    persisted: inMySql,
    pending,
    reserved,
    findings: [...findings, ...log.list()],
    highest: Math.max(comparer.highest, snapshot.newestStored?.serial ?? 0),
  };
}

/** Excuses the reserved serials without a claim; returns how many there are. */
function excuseReserved(comparer: ClaimComparer, reserved: string, judgedTo: number): number {
  let count = 0;
  for (const serial of reservedAmong(reserved, comparer.gaps(Math.min(reservedTo(reserved), judgedTo)))) {
    comparer.excuse(serial);
    count += 1;
  }
  return count;
}

export function* numbersOf(gaps: readonly { from: number; to: number }[]): Generator<number> {
  for (const { from, to } of gaps) for (let serial = from; serial <= to; serial += 1) yield serial;
}
