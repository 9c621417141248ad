import { findStoredSerials } from '../../claims/claim-rows.ts';
import type { DriftKind } from '../../compare/drift-kind.ts';
import { detailOf, type Finding } from '../../compare/finding.ts';
import { highestGiven } from '../../gate/gate-counter.ts';
import { readGate, type Gate } from '../../gate/gate.ts';
import { say } from '../../messages/message.ts';
import { roundKeys } from '../../redis/keys.ts';
import { inPieces } from '../../runtime/in-pieces.ts';
import type { Judged, Judging } from '../engine.ts';
import { judgeSerials, numbersOf } from '../judge-serials.ts';

/**
 * Lowering the stock can leave numbers above it. At most this many of them are repaired, which is more than were ever
 * given.
 */
const lostAboveMax = 10_000;

const serialsPerLook = 1_000;

/**
 * Judges a round whose numbers become claims once MySQL has them. A number without a claim is being written to MySQL,
 * was returned, or is lost.
 */
export async function judgeNumbers(judging: Judging): Promise<Judged> {
  const { event, snapshot, comparer, judgedTo } = judging;
  if (snapshot.standing.kind === 'gate') return judgeByGate(judging, snapshot.standing.gate);
  const { retiredAtMs, soldOutAtMs } = event.roundRow;
  // A closed round that was retired may have had returned numbers, which Redis no longer has, so numbers without a
  // claim are expected. After a sellout, every number has a claim.
  if (snapshot.standing.kind === 'none' && retiredAtMs !== null && soldOutAtMs === null) {
    for (const serial of numbersOf([...comparer.gaps(judgedTo)])) comparer.excuse(serial);
  }
  return judgeSerials(judging, () => givenNow(judging));
}

async function judgeByGate(judging: Judging, gate: Gate): Promise<Judged> {
  const { snapshot, comparer, log, taken, mender } = judging;
  const { attempts, winners, returned } = snapshot.counts;
  await excuseUnits(judging);
  const { findings, inMySql } = comparer.finish((await givenNow(judging)) ?? 0);
  const missing = countOf(findings, 'missing_in_redis') + countOf(findings, 'serial_gap');
  const given = gate.given ?? 0;
  const nowhere = given - winners - attempts - returned - missing;
  if (given > gate.stock && nowhere > countOf(findings, 'counter_drift')) {
    log.add('counter_drift', detailOf(say('found_numbers_lost', { given, lost: nowhere })), nowhere);
    const above = Array.from({ length: Math.min(given - gate.stock, lostAboveMax) }, (_, i) => gate.stock + 1 + i);
    await mender.lostNumbers(above.filter((number) => !taken.has(number)));
  }
  if (gate.issued < winners || gate.issued > winners + missing) {
    const detail = detailOf(say('found_settled_differs', { settled: gate.issued, winners }));
    log.add('counter_drift', detail, Math.abs(gate.issued - winners));
  }
  // A gate with a number in two places refuses to decide, so the report needs a finding even if all claims agree.
  const twofold = winners + attempts + returned - given;
  if (twofold > 0 && findings.length === 0 && log.list().length === 0) {
    log.add('counter_drift', detailOf(say('found_numbers_twofold', { given, twofold })), twofold);
  }
  // Called even if the numbers add up, because a lost number may hide a number that is in two places.
  await mender.twofoldNumbers();
  return {
    issued: gate.issued,
    persisted: inMySql,
    pending: attempts,
    reserved: 0,
    findings: [...findings, ...log.list()],
    highest: comparer.highest,
  };
}

/**
 * Excuses numbers that are being written or were returned. The others are lost, except numbers whose claim was stored
 * and settled after the comparison had passed them.
 */
async function excuseUnits({ stores, event, comparer, judgedTo, mender }: Judging): Promise<void> {
  const { eventId, currentRound: round } = event;
  const keys = roundKeys(eventId, round);
  for (const serials of inPieces(numbersOf([...comparer.gaps(judgedTo)]), serialsPerLook)) {
    const replies = await stores.redis
      .of(eventId)
      .client.multi()
      .hmget(keys.attempts, ...serials.map(String))
      .zmscore(keys.returned, ...serials.map(String))
      .exec();
    const [attempts, returned] = (replies ?? []).map(([err, reply]) => {
      if (err !== null) throw err;
      return reply as unknown[];
    });
    const nowhere: number[] = [];
    serials.forEach((serial, i) => {
      if (typeof attempts?.[i] === 'string' || typeof returned?.[i] === 'string') comparer.excuse(serial);
      else nowhere.push(serial);
    });
    if (nowhere.length === 0) continue;
    const stored = await findStoredSerials(stores.db, { eventId, round, serials: nowhere });
    for (const serial of stored) comparer.excuse(serial);
    const lost = nowhere.filter((serial) => !stored.has(serial));
    if (lost.length > 0) await mender.lostNumbers(lost);
  }
}

/** The highest number that the gate has given by now. */
async function givenNow({ stores, event }: Judging): Promise<number | null> {
  const gate = await readGate(stores.redis.of(event.eventId).client, event.eventId);
  return gate && highestGiven(gate);
}

const countOf = (findings: readonly Finding[], kind: DriftKind): number =>
  findings.find((finding) => finding.kind === kind)?.count ?? 0;
