import type { ClaimComparer } from '../compare/compare-claims.ts';
import { reservedAmong, reservedTo } from '../events/reserved-serials.ts';
import type { Judged, Judging } from './engine.ts';

/**
 * Judges a round whose serials are given in order, each for good: one that nobody has is reserved, or its claim is gone.
 * `counterNow` asks how far the counter is by now; without a gate everything that is known counts.
 */
export async function judgeSerials(
  { event, snapshot, comparer, log, judgedTo }: Judging,
  counterNow: () => Promise<number | null>,
): Promise<Judged> {
  const gate = snapshot.standing.kind === 'gate' ? snapshot.standing.gate : null;
  const reserved = excuseReserved(comparer, gate?.reserved ?? event.roundRow.reserved, judgedTo);
  const counterAfter = gate === null ? Math.max(judgedTo, comparer.highest) : await counterNow();
  const { findings, inMySql, pending } = comparer.finish(counterAfter ?? 0);
  // Each serial that nobody has is one of the vacant ones, or its claim is gone.
  const gone = gate === null ? 0 : reserved - gate.vacant;
  if (gone > 0) {
    log.add(
      'serial_gap',
      { detail: `of ${gate?.reserved}, which are reserved, ${gone} had a claim that is gone` },
      gone,
    );
  }
  // Of a gate that decides no more something must be said: where all claims agree, it is its own count that is wrong.
  const strayed = gate === null ? 0 : snapshot.counts.winners - (gate.issued - gate.vacant);
  if (strayed !== 0 && findings.length === 0 && log.list().length === 0) {
    const detail = `the gate counts ${gate?.issued} issued, ${gate?.vacant} of them nobody's, and there are ${snapshot.counts.winners} winners`;
    log.add('counter_drift', { detail }, Math.abs(strayed));
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

/** Takes reserved serials that nobody has for nobody's; returns how many they are. */
function excuseReserved(comparer: ClaimComparer, reserved: string, judgedTo: number): number {
  let count = 0;
  for (const serial of reservedAmong(reserved, comparer.gaps(Math.min(reservedTo(reserved), judgedTo)))) {
    comparer.excuse(serial);
    count += 1;
  }
  return count;
}

/** The numbers of ranges, one by one. */
export function* numbersOf(gaps: readonly { from: number; to: number }[]): Generator<number> {
  for (const { from, to } of gaps) for (let serial = from; serial <= to; serial += 1) yield serial;
}
