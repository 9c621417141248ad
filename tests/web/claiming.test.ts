import { describe, expect, it } from 'vitest';
import { createClaimant, type Claiming } from '../../web/event-page/claiming.ts';
import { panelOf, type PanelFacts } from '../../web/event-page/panel.ts';
import { backOffMs, readRetryAfter } from '../../web/shared/back-off.ts';
import type { ClaimAnswer, Failure } from '../../web/shared/client.ts';

const issued = { status: 'issued', serial: 37, code: 'C', claimedAt: '', round: 1, replayed: false } as const;
const undecided = (retryAfterMs = 0): Failure => ({ kind: 'undecided', retryAfterMs });
const notOpen = (aheadMs: number) =>
  ({
    status: 'not_open',
    opensAt: new Date(1_000_000 + aheadMs).toISOString(),
    serverTime: new Date(1_000_000).toISOString(),
  }) as const;

/**
 * Runs a claimant whose calls end as listed in `script`. `waits` lists how long the claimant waited between the calls.
 */
async function claimed(script: (ClaimAnswer | Failure)[], clicks = 1) {
  const states: Claiming['is'][] = [];
  const waits: number[] = [];
  const marks: string[] = [];
  let asked = 0;
  const claimant = createClaimant({
    submit: async () => {
      await Promise.resolve();
      const next = script[asked];
      asked += 1;
      if (next === undefined) throw new Error('The claimant made more calls than the script contains.');
      if ('kind' in next) throw new Error(JSON.stringify(next));
      return next;
    },
    failureOf: (error) => JSON.parse((error as Error).message) as Failure,
    clock: { nowMs: () => 1_000_000, errorMs: () => 1, learn: () => undefined, subscribe: () => () => undefined },
    mark: { set: () => marks.push('set'), clear: () => marks.push('clear'), isSet: () => false },
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    random: () => 0.5,
  });
  const ended = new Promise<void>((resolve) => {
    claimant.subscribe(() => {
      const { is } = claimant.state();
      states.push(is);
      if (!['asking', 'undecided', 'early'].includes(is)) resolve();
    });
  });
  for (let click = 0; click < clicks; click += 1) claimant.claim();
  await ended;
  return { claimant, states, waits, marks, asked };
}

describe('a claim', () => {
  it('is sent once, however often the person clicks', async () => {
    const { claimant, states, asked } = await claimed([issued], 5);
    claimant.claim();
    claimant.reopen();
    expect({ states, asked, state: claimant.state() }).toEqual({
      states: ['asking', 'won'],
      asked: 1,
      state: { is: 'won', claim: issued },
    });
  });

  it('with an unknown outcome is sent again until the outcome is known, and is never shown as lost', async () => {
    const { states, waits, marks } = await claimed([undecided(), undecided(1_000), undecided(), issued]);
    expect(states).toEqual(['asking', 'undecided', 'undecided', 'undecided', 'won']);
    expect(waits).toEqual([150, 1_300, 600]);
    expect(marks).toEqual(['set', 'clear']);
  });

  it('that was sent a moment too early, because the page’s clock was ahead, is sent again at the opening', async () => {
    const { states, waits } = await claimed([notOpen(40), issued]);
    expect({ states, waits }).toEqual({ states: ['asking', 'early', 'asking', 'won'], waits: [40] });
  });

  it('is not sent again if the opening was moved', async () => {
    const { claimant, asked } = await claimed([notOpen(3_600_000)]);
    expect({ asked, state: claimant.state() }).toEqual({
      asked: 1,
      state: { is: 'moved', opensAtMs: 4_600_000 },
    });
    claimant.reopen();
    expect(claimant.state()).toEqual({ is: 'idle' });
  });

  it.each(['sold_out', 'paused', 'closed'] as const)(
    'can be made again later if the server refused it (%s)',
    async (status) => {
      const { claimant } = await claimed([{ status }]);
      expect(claimant.state()).toEqual({ is: 'lost', why: status, atMs: 1_000_000 });
      claimant.reopen();
      expect(claimant.state()).toEqual({ is: 'idle' });
    },
  );

  it('keeps its mark if the person must sign in first, so that it is sent after the sign-in', async () => {
    const { claimant, marks } = await claimed([{ kind: 'not_signed_in', isSure: true }]);
    expect({ state: claimant.state(), marks }).toEqual({ state: { is: 'not_signed_in' }, marks: ['set'] });
  });

  it('is not sent again if the server rejects it as invalid', async () => {
    const { claimant, asked } = await claimed([undecided(), { kind: 'refused', code: 'NOT_FOUND' }]);
    expect({ state: claimant.state(), asked }).toEqual({ state: { is: 'refused', code: 'NOT_FOUND' }, asked: 2 });
  });
});

describe('the claim panel', () => {
  const phases = ['closed', 'scheduled', 'paused', 'sold_out', 'open'] as const;
  const mine = { serial: 1, code: 'C', claimedAt: '', round: 1, state: 'persisted' } as const;
  const claimings: Claiming[] = [
    { is: 'idle' },
    { is: 'asking' },
    { is: 'undecided', tries: 3 },
    { is: 'early', aheadMs: 5 },
    { is: 'lost', why: 'sold_out', atMs: 0 },
    { is: 'not_signed_in' },
    { is: 'refused', code: 'NOT_FOUND' },
  ];
  const all = (facts: Partial<PanelFacts>): PanelFacts[] =>
    phases.flatMap((phase) =>
      claimings.flatMap((claiming) =>
        [false, true].flatMap((opened) =>
          [false, true].map((over) => ({
            ...{ phase, claiming, opened, over, mine: null, mineFailure: null, askedBefore: false },
            ...facts,
          })),
        ),
      ),
    );

  it('shows the coupon of a person who has one, whatever else is true', () => {
    for (const facts of all({ mine })) expect(panelOf(facts)).toEqual({ shows: 'coupon', claim: mine });
  });

  it('never shows an undecided claim as lost', () => {
    const lost = ['sold_out', 'paused', 'closed', 'refused'];
    for (const is of ['asking', 'undecided', 'early'] as const) {
      for (const facts of all({})) if (facts.claiming.is === is) expect(panelOf(facts).shows).toBe(is);
    }
    for (const facts of all({ mine: undefined, claiming: { is: 'idle' } })) {
      expect(lost).not.toContain(panelOf(facts).shows);
      expect(lost).not.toContain(panelOf({ ...facts, askedBefore: true }).shows);
    }
  });

  it('has an enabled button while the event accepts claims, and at no other time', () => {
    for (const facts of all({ claiming: { is: 'idle' } })) {
      const open = !facts.over && (facts.phase === 'open' || (facts.phase === 'scheduled' && facts.opened));
      expect([facts, panelOf(facts).shows === 'button']).toEqual([facts, open]);
    }
  });
});

it('the maximum of the random wait before the next attempt grows, and no wait is shorter than the server asks for', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((failures) => backOffMs(failures, 0, () => 1))).toEqual([
    300, 600, 1_200, 2_400, 4_800, 8_000, 8_000,
  ]);
  expect(backOffMs(9, 2_000, () => 0)).toBe(2_000);
  expect(['1', '120', 'x', '-1', null, ''].map((header) => readRetryAfter(header, 0))).toEqual([
    1_000, 60_000, 0, 0, 0, 0,
  ]);
  expect(readRetryAfter('Thu, 01 Jan 1970 00:00:07 GMT', 2_000)).toBe(5_000);
});
