import { describe, expect, it } from 'vitest';
import { figuresCsv } from '../../../core/metrics/figures-csv.ts';
import { figuresProm } from '../../../core/metrics/figures-prom.ts';
import { figuresPageInput, showRoundFigures } from '../../../core/metrics/figures-wire.ts';
import type { RoundFigures } from '../../../core/metrics/round-figures.ts';
import { spanWidthMs } from '../../../core/metrics/stored-figures.ts';
import { openDb } from '../../../core/mysql/open-db.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { ClaimTally } from '../../../core/tally/claim-tally.ts';
import { addDuration, noDurations, quantileMs } from '../../../core/tally/durations.ts';
import { keepTallies } from '../../../core/tally/keep-tallies.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { startApi, startWorker, tokenOf } from '../../support/system.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

const stores = useTestStores();
const lab = useLab({ stores });

async function figuresOf(eventId: string, round?: number): Promise<RoundFigures> {
  const { rounds } = await lab.first.admin.exportMetrics({ eventId, round, limit: 1 });
  const [figures] = rounds;
  if (figures === undefined) throw new Error('The event has no figures.');
  return figures;
}
const counts = ({ answers }: RoundFigures) =>
  Object.fromEntries(answers.map(({ outcome, count }): [string, number] => [outcome, count]).toSorted()) as Record<
    string,
    number
  >;

describe('a sale through API processes', () => {
  it('is counted by the answers that callers received, even if one process ends with SIGTERM and another process starts', async () => {
    const worker = await startWorker(stores);
    const first = await startApi(stores);
    // Seven early calls take a few ms, but a process on a busy machine takes seconds to start.
    const opensAtMs = lab.first.clock.nowMs() + 4_000;
    const { eventId } = await lab.createEvent({ stock: 5, opensAtMs });
    const byOutcome: Record<string, number> = {};
    const ask = async (url: string, user: string): Promise<void> => {
      const reply = await fetch(`${url}/trpc/claim.submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(user)}` },
        body: JSON.stringify({ eventId }),
      });
      const { result } = (await reply.json()) as { result: { data: { status: string; replayed?: boolean } } };
      const outcome = result.data.replayed === true ? 'replayed' : result.data.status;
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
    };
    await Promise.all(users(7).map((user) => ask(first.url, user)));
    await waitFor(() => Promise.resolve(lab.first.clock.nowMs() > opensAtMs), { what: 'the opening' });
    await Promise.all(users(8).map((user) => ask(first.url, user)));
    await first.process.stop();
    const second = await startApi(stores);
    await Promise.all(users(6).map((user) => ask(second.url, user)));
    await second.process.stop();
    expect(byOutcome).toMatchObject({ not_open: 7, issued: 5 });
    await waitFor(async () => (await figuresOf(eventId)).persisted === 5, { what: 'all claims in MySQL' });
    const figures = await figuresOf(eventId);
    expect(counts(figures)).toEqual(byOutcome);
    expect(figures).toMatchObject({ issued: 5, persisted: 5, outbox: 0, outboxAgeMs: null, setAside: 0, stock: 5 });
    expect(figures.openingErrorMs).toBeGreaterThanOrEqual(0);
    expect(figures.selloutMs).toBeGreaterThanOrEqual(figures.openingErrorMs ?? 0);
    expect(figures.claimsOverTime.counts.reduce((sum, count) => sum + count)).toBe(5);
    expect(figures.persistenceMs?.max).toBeGreaterThan(0);
    await worker.stop();
  });
});

describe('tallies', () => {
  const log = createLog('api', 'silent');

  it('count once if they are written twice, and add up across processes', async () => {
    const { eventId } = await lab.createEvent();
    const { db } = lab.first.stores;
    for (let process = 0; process < 2; process += 1) {
      const tally = new ClaimTally();
      const keeper = keepTallies({ db, tally, log });
      tally.count(eventId, 'sold_out', 3);
      await keeper.flush();
      await keeper.flush();
      tally.count(eventId, 'sold_out', 30);
      tally.count(eventId, 'busy', 1_000);
      await keeper.stop();
    }
    const figures = await figuresOf(eventId);
    expect(counts(figures)).toEqual({ busy: 2, sold_out: 4 });
    expect(figures.answers.find(({ outcome }) => outcome === 'sold_out')).toMatchObject({ sumMs: 66, maxMs: 30 });
  });

  it('are kept while MySQL is down, and count for the round in which they are finally written', async () => {
    const { eventId } = await lab.createEvent();
    const gone = openDb('mysql://nobody:none@127.0.0.1:1/none');
    const tally = new ClaimTally();
    const away = keepTallies({ db: gone, tally, log });
    tally.count(eventId, 'paused', 1);
    await expect(away.flush()).rejects.toThrow();
    await gone.$disconnect();
    const keeper = keepTallies({ db: lab.first.stores.db, tally, log });
    tally.count(eventId, 'paused', 1);
    tally.count('ev_none', 'paused', 1);
    await keeper.flush();
    await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
    tally.count(eventId, 'paused', 1);
    await keeper.stop();
    expect(counts(await figuresOf(eventId, 1))).toEqual({ paused: 2 });
    expect(counts(await figuresOf(eventId))).toEqual({ paused: 1 });
  });
});

describe('recorded durations', () => {
  it('give quantiles whose error is at most the width of a bucket', () => {
    const durations = noDurations();
    expect(quantileMs(durations, 0.5)).toBeNull();
    for (let ms = 1; ms <= 1_000; ms += 1) addDuration(durations, ms);
    for (const q of [0.1, 0.5, 0.9, 0.99, 1]) {
      const exact = q * 1_000;
      const estimate = quantileMs(durations, q) ?? 0;
      expect(Math.abs(estimate - exact) / exact).toBeLessThan(0.1);
    }
    const one = noDurations();
    addDuration(one, 60_000);
    expect(quantileMs(one, 1)).toBe(60_000);
  });

  it('are reported in at most 600 intervals', () => {
    for (const spanMs of [0, 999, 59_000, 60_000, 86_400_000, 30 * 86_400_000]) {
      expect(spanMs / spanWidthMs(spanMs)).toBeLessThan(600);
    }
    expect(spanWidthMs(10_000)).toBe(100);
  });
});

describe('the metrics export', () => {
  const sale = async () => {
    const { eventId } = await lab.createEvent({ name: '=1+1,"x"', stock: 3 });
    for (const user of users(3)) await lab.claim(eventId, user);
    await lab.persisted({ eventId, round: 1 });
    const tally = new ClaimTally();
    for (let ms = 1; ms < 100; ms += 1) tally.count(eventId, 'sold_out', ms);
    await keepTallies({ db: lab.first.stores.db, tally, log: createLog('api', 'silent') }).stop();
    return figuresOf(eventId);
  };

  it('survives the trip over HTTP as JSON unchanged', async () => {
    const figures = await sale();
    const page = figuresPageInput.parse({ rounds: [showRoundFigures(figures)], nextCursor: null });
    expect(showRoundFigures(page.rounds[0] ?? figures)).toEqual(showRoundFigures(figures));
  });

  it('has a cell for each column in CSV, and no cell that a spreadsheet would run as a formula', async () => {
    const [header, row] = figuresCsv([showRoundFigures(await sale())]).split('\r\n');
    expect(row).toContain(`"'=1+1,""x"""`);
    const cells = (row ?? '').replace(/"(?:[^"]|"")*"/g, 'quoted').split(',');
    expect(cells).toHaveLength((header ?? '').split(',').length);
    const at = (name: string) => cells[(header ?? '').split(',').indexOf(name)];
    expect([at('issued'), at('persisted'), at('answers_sold_out')]).toEqual(['3', '3', '99']);
  });

  it('is valid for Prometheus: each metric appears once, and histograms are cumulative', async () => {
    const text = figuresProm([await sale(), await sale()].map(showRoundFigures));
    const families = new Set<string>();
    let family = '';
    for (const line of text.trimEnd().split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (firstcome_round_[a-z_]+) .+$/.exec(line) ?? [];
      if (kind === 'HELP') {
        expect(families).not.toContain(name);
        families.add(name);
        family = name;
      } else if (kind === undefined) {
        expect(line).toMatch(/^firstcome_round_[a-z_]+\{([a-z]+="([^"\\\n]|\\.)*",?)+\} -?[0-9.e+-]+$/);
        expect(line.startsWith(family)).toBe(true);
      }
    }
    const buckets = [...text.matchAll(/_bucket\{[^}]*le="([^"]+)"\} (\d+)/g)].map(([, le, n]) => [le, Number(n)]);
    expect(buckets.filter(([le]) => le === '+Inf').every(([, n]) => n === 99)).toBe(true);
    expect(buckets.find(([le]) => le === '0.05')).toEqual(['0.05', 50]);
  });
});
