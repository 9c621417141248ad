import { expect, it } from 'vitest';
import { judgeEvent, type EventSeen } from '../../../proof/failover/judge/judge-event.ts';
import type { ToldAnswer } from '../../../proof/failover/load/ledger.ts';

const faultAtMs = 10_000;

function answer(userId: string, atMs: number, outcome: ToldAnswer['outcome']): ToldAnswer {
  return { eventId: 'ev', api: 'api1', userId, sentAtMs: atMs - 5, receivedAtMs: atMs, outcome };
}
const issued = (serial: number, code = `code-${serial}`): ToldAnswer['outcome'] => ({
  ...{ status: 'issued', serial, code, claimedAtMs: 1, round: 1, replayed: false },
});
const lost: ToldAnswer['outcome'] = { status: 'unknown', reason: 'HTTP 503 gate_lost' };

const judge = (seen: Partial<EventSeen>) =>
  judgeEvent({ answers: [], stored: new Map(), said: false, faultAtMs, ...seen });

it('a promised claim that MySQL has is not lost, however often it was promised', () => {
  const answers = [answer('ann', 9_000, issued(1)), answer('ann', 12_000, issued(1))];
  const verdict = judge({ answers, stored: new Map([['ann', 1]]) });
  expect(verdict).toMatchObject({ told: 1, lostSaid: [], lostSilently: [], serialToldTwice: 0, userWithTwoCodes: 0 });
});

it('a promised claim that is in no store counts as silently lost, unless its event has reported the loss', () => {
  const answers = [answer('ann', 9_000, issued(1)), answer('bob', 12_000, lost)];
  const claim = { userId: 'ann', serial: 1, code: 'code-1' };
  expect(judge({ answers })).toMatchObject({ lostSilently: [claim], lostSaid: [] });
  expect(judge({ answers, said: true })).toMatchObject({ lostSilently: [], lostSaid: [claim] });
});

it('a claim that is stored under a serial other than the promised one counts as lost', () => {
  const answers = [answer('ann', 9_000, issued(1))];
  expect(judge({ answers, stored: new Map([['ann', 2]]) }).lostSilently).toHaveLength(1);
});

it('the judge finds a serial promised to two users, and a user who was promised two serials', () => {
  const answers = [
    answer('ann', 9_000, issued(1)),
    answer('bob', 12_000, issued(1, 'another')),
    answer('ann', 13_000, issued(7)),
  ];
  expect(judge({ answers })).toMatchObject({ serialToldTwice: 1, userWithTwoCodes: 1 });
});

it('the judge finds a code that was given to two users with different serials', () => {
  const answers = [answer('ann', 9_000, issued(1, 'same')), answer('bob', 9_001, issued(2, 'same'))];
  expect(judge({ answers })).toMatchObject({ serialToldTwice: 1, userWithTwoCodes: 0 });
});

it('the time of unavailability is the longest time without a decision after the fault, and earlier gaps do not count', () => {
  const answers = [
    answer('a', 2_000, issued(1)),
    // This call was sent before the fault and answered after it.
    answer('b', 10_003, issued(2)),
    answer('c', 10_400, lost),
    answer('c', 13_000, issued(3)),
    answer('d', 13_100, { status: 'sold_out' }),
  ];
  expect(judge({ answers })).toMatchObject({ unavailableMs: 2_997, firstDecidedAfterMs: 3_000 });
});

it('an event that decided nothing after the fault has no time of unavailability', () => {
  const answers = [answer('a', 9_000, issued(1)), answer('b', 11_000, lost)];
  expect(judge({ answers })).toMatchObject({ unavailableMs: null, firstDecidedAfterMs: null });
});
