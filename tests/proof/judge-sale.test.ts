import { describe, expect, it } from 'vitest';
import type { Answer } from '../../proof/checker/answer.ts';
import { judgeSale, type PromiseName } from '../../proof/checker/judge-sale.ts';
import { opensAtMs, seededRandom, simulateSale } from './simulated-sale.ts';

type SimulatedSale = ReturnType<typeof simulateSale>;
type Issued = Extract<Answer['outcome'], { status: 'issued' }>;
type IssuedAnswer = Answer & { outcome: Issued };

const simulate = (seed = 1): SimulatedSale => simulateSale({ seed, users: 300, stock: 100 });
const verdicts = (sale: SimulatedSale) =>
  Object.fromEntries(judgeSale(sale).map(({ promise, verdict }) => [promise, verdict]));
const found = (sale: SimulatedSale): Partial<Record<PromiseName, string[]>> =>
  Object.fromEntries(
    judgeSale(sale)
      .filter(({ findings }) => findings.length > 0)
      .map(({ promise, findings }) => [promise, findings.map(({ kind }) => kind)]),
  );
const allHeld = { exact: 'held', stored: 'held', on_time: 'held', fair: 'held' };

const isIssued = (answer: Answer): answer is IssuedAnswer => answer.outcome.status === 'issued';
const isFirst = (answer: Answer): answer is IssuedAnswer => isIssued(answer) && !answer.outcome.replayed;
function pick<T extends Answer>(sale: SimulatedSale, wanted: (answer: Answer) => answer is T): T {
  const answer = sale.answers.find(wanted);
  if (answer === undefined) throw new Error('the simulated sale has no such answer');
  return answer;
}
const isStatus =
  <S extends Answer['outcome']['status']>(status: S) =>
  (answer: Answer): answer is Answer & { outcome: Extract<Answer['outcome'], { status: S }> } =>
    answer.outcome.status === status;

/** The claim with this serial, as each store has it. */
const bySerial = (sale: SimulatedSale, serial: number) => {
  const winner = sale.claims.winners.find((claim) => claim.serial === serial);
  const row = sale.claims.mysql.find((claim) => claim.serial === serial);
  if (winner === undefined || row === undefined) throw new Error(`no serial ${serial}`);
  return [winner, row];
};

describe('judgeSale', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('finds no fault in an honest sale (seed %i)', (seed) => {
    const random = seededRandom(seed + 1_000);
    const sale = simulateSale({ seed, users: 50 + Math.floor(random() * 400), stock: 1 + Math.floor(random() * 300) });
    expect(found(sale)).toEqual({});
    expect(verdicts(sale)).toEqual(allHeld);
  });

  it('finds no fault in a sale with fewer users than coupons', () => {
    expect(verdicts(simulateSale({ seed: 3, users: 20, stock: 100 }))).toEqual(allHeld);
  });

  const planted: [string, (sale: SimulatedSale) => void, Partial<Record<PromiseName, string[]>>][] = [
    [
      'one claim too few',
      (sale) => {
        const last = sale.claims.winners.length;
        const loser = bySerial(sale, last)[0]?.userId;
        sale.claims.winners = sale.claims.winners.filter((claim) => claim.serial !== last);
        sale.claims.mysql = sale.claims.mysql.filter((claim) => claim.serial !== last);
        sale.issued -= 1;
        for (const answer of sale.answers) if (answer.userId === loser) answer.outcome = { status: 'sold_out' };
        const soldOut = sale.answers.filter(isStatus('sold_out'));
        for (const answer of soldOut) answer.receivedAtMs += 10_000;
      },
      { exact: ['too_few'] },
    ],
    [
      'a claim by a user who never called',
      (sale) => {
        sale.stock += 1;
        sale.issued += 1;
        const winners = new Set(sale.claims.winners.map((claim) => claim.userId));
        sale.answers = sale.answers.filter((answer) => winners.has(answer.userId));
        const claim = { serial: sale.issued, userId: 'stranger', code: 'X', claimedAtMs: opensAtMs + 2_000 };
        sale.claims.winners.push(claim);
        sale.claims.mysql.push(claim);
      },
      { exact: ['not_asked'] },
    ],
    [
      'an oversell',
      (sale) => {
        const loser = pick(sale, isStatus('sold_out'));
        sale.issued += 1;
        const claim = { serial: sale.issued, code: 'X', claimedAtMs: Math.floor(opensAtMs + 2_000) };
        for (const answer of sale.answers) {
          if (answer.userId === loser.userId) {
            answer.outcome = { status: 'issued', round: 1, replayed: false, ...claim };
          }
          if (answer.outcome.status === 'sold_out') answer.receivedAtMs += 10_000;
        }
        sale.answers = sale.answers.filter((answer) => answer === loser || answer.userId !== loser.userId);
        sale.claims.winners.push({ userId: loser.userId, ...claim });
        sale.claims.mysql.push({ userId: loser.userId, ...claim });
      },
      { exact: ['over_stock'] },
    ],
    [
      'one serial promised to two users, of whom only one is stored',
      (sale) => {
        const winner = pick(sale, isFirst);
        const loser = pick(sale, isStatus('sold_out'));
        sale.answers = sale.answers.filter((answer) => answer.userId !== loser.userId);
        sale.answers.push({ ...winner, userId: loser.userId });
      },
      { exact: ['told_twice'], stored: ['told_not_stored'] },
    ],
    [
      'one code given to two users',
      (sale) => {
        const [a, b] = [bySerial(sale, 1), bySerial(sale, 2)];
        const code = a[0]?.code ?? '';
        for (const claim of b) claim.code = code;
        for (const answer of sale.answers) {
          if (isIssued(answer) && answer.outcome.serial === 2) answer.outcome.code = code;
        }
      },
      { exact: ['told_twice'] },
    ],
    [
      'a promised claim that no store has',
      (sale) => {
        const { userId } = pick(sale, isFirst);
        sale.claims.mysql = sale.claims.mysql.filter((claim) => claim.userId !== userId);
      },
      { stored: ['missing_in_db', 'told_not_stored'] },
    ],
    [
      'a promised claim that is stored with a different time',
      (sale) => {
        const last = bySerial(sale, 100);
        for (const claim of last) claim.claimedAtMs += 1;
        for (const answer of sale.answers) if (answer.outcome.status === 'sold_out') answer.receivedAtMs += 100;
      },
      { stored: ['told_otherwise'] },
    ],
    [
      'a promised claim from a different round',
      (sale) => {
        const { userId } = pick(sale, isFirst);
        for (const answer of sale.answers) if (isIssued(answer) && answer.userId === userId) answer.outcome.round = 2;
      },
      { stored: ['told_otherwise'] },
    ],
    [
      'a replay with a different serial',
      (sale) => {
        const replay = pick(sale, (answer): answer is IssuedAnswer => isIssued(answer) && answer.outcome.replayed);
        const first = pick(sale, isFirst);
        sale.answers.push({
          ...first,
          sentAtMs: replay.sentAtMs + 1_000,
          receivedAtMs: replay.receivedAtMs + 1_000,
          outcome: { ...first.outcome, replayed: true, claimedAtMs: first.outcome.claimedAtMs + 1 },
        });
      },
      { stored: ['replay_differs'] },
    ],
    [
      'two first answers for one user',
      (sale) => {
        const first = pick(sale, isFirst);
        sale.answers.push({ ...first, receivedAtMs: first.receivedAtMs + 1 });
      },
      { stored: ['replay_differs'] },
    ],
    [
      'a claim before the opening',
      (sale) => {
        const early = { claimedAtMs: opensAtMs - 1 };
        for (const claim of bySerial(sale, 1)) Object.assign(claim, early);
        for (const answer of sale.answers) {
          if (isIssued(answer) && answer.outcome.serial === 1) Object.assign(answer.outcome, early);
        }
      },
      { on_time: ['claimed_before_opening'] },
    ],
    [
      'an answer before the opening, even if the claim has a later time',
      (sale) => {
        const answer = sale.answers.find((candidate) => isFirst(candidate) && candidate.outcome.serial === 1);
        if (answer) Object.assign(answer, { sentAtMs: opensAtMs - 30, receivedAtMs: opensAtMs - 20 });
      },
      { on_time: ['answered_before_opening'] },
    ],
    [
      'an answer "too early" after the opening',
      (sale) => {
        const early = pick(sale, isStatus('not_open'));
        Object.assign(early, { sentAtMs: opensAtMs + 3, receivedAtMs: opensAtMs + 9 });
      },
      { on_time: ['refused_after_opening'] },
    ],
    [
      'a user who was given a different opening time',
      (sale) => void (pick(sale, isStatus('not_open')).outcome.opensAtMs += 1_000),
      { on_time: ['wrong_opening_told'] },
    ],
    [
      'an event that opens late',
      (sale) => {
        for (const claim of [...sale.claims.winners, ...sale.claims.mysql]) claim.claimedAtMs += 5_000;
        for (const answer of sale.answers) {
          if (isIssued(answer)) answer.outcome.claimedAtMs += 5_000;
          if (answer.sentAtMs > opensAtMs) answer.receivedAtMs += 5_000;
        }
      },
      { on_time: ['opened_late'] },
    ],
    [
      'an event that opens late, and whose first calls got no answer',
      (sale) => {
        const late = opensAtMs + 5_000;
        for (const claim of [...sale.claims.winners, ...sale.claims.mysql]) claim.claimedAtMs += 5_000;
        const lost: Answer[] = [];
        for (const answer of sale.answers) {
          if (answer.sentAtMs <= opensAtMs) continue;
          const { userId, sentAtMs, receivedAtMs } = answer;
          lost.push({ userId, sentAtMs, receivedAtMs, outcome: { status: 'unknown', reason: 'a lost connection' } });
          answer.sentAtMs += 5_000;
          answer.receivedAtMs += 5_000;
          if (isIssued(answer)) answer.outcome.claimedAtMs += 5_000;
        }
        expect(lost.length).toBeGreaterThan(100);
        expect(Math.min(...sale.answers.filter(isFirst).map(({ sentAtMs }) => sentAtMs))).toBeGreaterThan(late);
        sale.answers.push(...lost);
      },
      // This does not prove that the event opened late, because the earlier call without an answer may never have
      // arrived.
      {},
    ],
    [
      'serials that do not follow the order of the claims’ times',
      (sale) => {
        const [a, b] = [bySerial(sale, 10), bySerial(sale, 60)];
        const [early, late] = [a[0]?.claimedAtMs ?? 0, b[0]?.claimedAtMs ?? 0];
        for (const claim of a) claim.claimedAtMs = late;
        for (const claim of b) claim.claimedAtMs = early;
        for (const answer of sale.answers) {
          if (!isIssued(answer)) continue;
          if (answer.outcome.serial === 10) answer.outcome.claimedAtMs = late;
          if (answer.outcome.serial === 60) answer.outcome.claimedAtMs = early;
        }
      },
      { fair: ['order_of_time'] },
    ],
    [
      'a lower serial for a user who came later',
      (sale) => {
        const first = sale.answers.find((answer) => isFirst(answer) && answer.outcome.serial === 10);
        if (first) Object.assign(first, { sentAtMs: opensAtMs + 900, receivedAtMs: opensAtMs + 901 });
        for (const answer of sale.answers) if (answer.outcome.status === 'sold_out') answer.receivedAtMs += 10_000;
      },
      { fair: ['order_of_arrival'] },
    ],
    [
      'a new winner after the first "sold out"',
      (sale) => {
        const soldOut = pick(sale, isStatus('sold_out'));
        Object.assign(soldOut, { sentAtMs: opensAtMs + 1, receivedAtMs: opensAtMs + 2 });
        sale.answers = sale.answers.filter((answer) => answer === soldOut || answer.userId !== soldOut.userId);
      },
      { fair: ['won_after_sold_out'] },
    ],
    [
      'a user who was told both "issued" and "sold out"',
      (sale) => {
        const first = pick(sale, isFirst);
        sale.answers.push({ ...first, receivedAtMs: opensAtMs + 10_000, outcome: { status: 'sold_out' } });
      },
      { fair: ['won_and_lost'] },
    ],
    [
      'a user who was told "sold out" but has a claim',
      (sale) => {
        const winner = pick(sale, isFirst);
        sale.answers = sale.answers.filter((answer) => answer.userId !== winner.userId);
        sale.answers.push({ ...winner, receivedAtMs: opensAtMs + 10_000, outcome: { status: 'sold_out' } });
      },
      { fair: ['won_and_lost'] },
    ],
  ];

  it.each(planted)('finds %s, and nothing else', (_name, plant, expected) => {
    const sale = simulate();
    plant(sale);
    expect(found(sale)).toEqual(expected);
    const broken = judgeSale(sale).filter(({ verdict }) => verdict === 'broken');
    expect(broken.map(({ promise }) => promise)).toEqual(Object.keys(expected));
  });

  it('if MySQL decided a sale, judges it by its answers and MySQL alone', () => {
    const sale = { ...simulate(), decidedBy: 'mysql' as const };
    sale.claims.winners = [];
    expect(verdicts(sale)).toEqual(allHeld);
    const lost = sale.claims.mysql.pop();
    expect(found(sale)).toEqual({ exact: ['counter_drift', 'too_few'], stored: ['told_not_stored'] });
    const winner = pick(sale, isFirst);
    sale.claims.mysql.push({
      serial: 101,
      userId: 'nobody',
      code: 'CODE',
      claimedAtMs: winner.outcome.claimedAtMs + 1,
    });
    if (lost !== undefined) sale.claims.mysql.push(lost);
    expect(found(sale)).toMatchObject({ exact: ['over_stock', 'counter_drift', 'not_asked'] });
  });

  it.each(['unknown', 'busy'] as const)(
    'accepts that a call whose outcome is %s was either issued or refused',
    (status) => {
      const sale = simulate(5);
      const winner = pick(sale, isFirst);
      const loser = pick(sale, isStatus('sold_out'));
      for (const answer of sale.answers) {
        const unknown = answer.userId === winner.userId || answer.userId === loser.userId;
        if (unknown) answer.outcome = status === 'busy' ? { status } : { status, reason: '503' };
      }
      expect(verdicts(sale)).toEqual(allHeld);
    },
  );

  it('does not give the verdict "held" while claims are pending', () => {
    const sale = simulate();
    sale.claims.outbox = sale.claims.mysql.splice(90);
    expect(verdicts(sale)).toEqual({ ...allHeld, stored: 'unknown' });
  });

  it('reports that nothing could be judged if no claim was decided', () => {
    const sale = simulate();
    for (const answer of sale.answers) answer.outcome = { status: 'unknown', reason: 'ECONNREFUSED' };
    Object.assign(sale, { issued: 0, claims: { winners: [], outbox: [], mysql: [] } });
    expect(new Set(Object.values(verdicts(sale)))).toEqual(new Set(['unknown']));
  });

  it('gives rejected calls as a reason for an unknown verdict', () => {
    const sale = simulate();
    sale.answers.push({
      userId: 'x',
      sentAtMs: opensAtMs + 1,
      receivedAtMs: opensAtMs + 2,
      outcome: { status: 'rejected', reason: 'HTTP 401' },
    });
    expect(judgeSale(sale)[0]).toMatchObject({
      verdict: 'unknown',
      reasons: ['calls rejected: 1, for example: HTTP 401'],
    });
  });
});
