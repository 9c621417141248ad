import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { watchEvent, type EventSnapshot } from '../../admin-cli/watch/watch-event.ts';
import { watchFrame } from '../../admin-cli/watch/watch-frame.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { anEvent, fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';

const plain = { paint: (_style: string, text: string) => text };
const hourMs = 3_600_000;

const snapshot = (event: Partial<AdminEventView>, seen: Partial<EventSnapshot> = {}): EventSnapshot => ({
  ...{ event: anEvent(event), nowMs, claimsPerSecond: null, silence: null },
  ...seen,
});

const open = {
  opensAtMs: nowMs - 60_000,
  closesAtMs: nowMs + 2 * hourMs,
  firstClaimedAtMs: nowMs - 59_999,
  seeded: true,
};

const snapshots: Record<string, EventSnapshot> = {
  scheduled: snapshot({ opensAtMs: nowMs + 3 * hourMs }),
  'in ten seconds': snapshot({ opensAtMs: nowMs + 10_000 }),
  open: snapshot(
    { ...open, issued: 588, persisted: 576, outbox: 12, outboxSinceMs: nowMs - 214 },
    { claimsPerSecond: 1_234.4 },
  ),
  'nearly sold out': snapshot({ ...open, issued: 999, persisted: 999 }, { claimsPerSecond: 0.34 }),
  'sold out': snapshot({ ...open, issued: 1_000, persisted: 1_000 }, { claimsPerSecond: 0 }),
  'without Redis': snapshot({ ...open, issued: 5, persisted: 5, outbox: null }),
  'with a lost gate': snapshot({ ...open, issued: 5, persisted: 5, gateLost: true }),
  silent: snapshot(
    { ...open, issued: 5 },
    { silence: { sinceMs: nowMs - 5_000, reason: 'MySQL is away.\nTry again.' } },
  ),
  hostile: snapshot({ name: 'A\u001b[2J\nB', ...open }),
  'in Hangul': snapshot({ name: '가을 할인 쿠폰 '.repeat(10), ...open }),
};

describe('the screen of a watch', () => {
  it.each(Object.entries(snapshots))('shows an event: %s', (_what, seen) => {
    expect(watchFrame(seen, 'UTC', { columns: 80, ...plain }).join('\n')).toMatchSnapshot();
  });

  it.each([100, 40, 20, 8, 1])('is never wider than %d columns', (columns) => {
    for (const seen of Object.values(snapshots)) {
      for (const line of watchFrame(seen, 'UTC', { columns, ...plain })) {
        expect(stringWidth(line)).toBeLessThan(Math.max(columns, 1) + (columns === 1 ? 1 : 0));
        expect(line).not.toMatch(/[\u0000-\u001f]/);
      }
    }
  });
});

async function seen(answers: (Partial<AdminEventView> | Error)[], forMs?: number): Promise<EventSnapshot[]> {
  const left = [...answers];
  const admin = {
    ...fakeAdmin(),
    get: () => {
      const answer = left.length > 1 ? left.shift() : left[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(anEvent(answer));
    },
  };
  let clockMs = nowMs;
  const clock = { nowMs: () => (clockMs += 1_000) };
  const found: EventSnapshot[] = [];
  const leaving = new AbortController().signal;
  for await (const one of watchEvent({ admin, clock }, 'autumn-sale', { intervalMs: 5, forMs, leaving }))
    found.push(one);
  return found;
}

describe('the loop of a watch', () => {
  it.each([
    ['sold out and all is stored', { issued: 1_000, persisted: 1_000, outbox: 0 }],
    ['closed and all is stored', { closed: true }],
  ])('ends once the event is %s', async (_what, last) => {
    const onTheWay = { ...open, ...last, outbox: 3 };
    expect(await seen([open, onTheWay, { ...onTheWay, outbox: null }, { ...open, ...last }])).toHaveLength(4);
  });

  it('polls no more often than requested, even with an interval of a month', async () => {
    let looks = 0;
    const leaving = new AbortController();
    const admin = { ...fakeAdmin(), get: () => Promise.resolve(anEvent({ ...open, issued: (looks += 1) })) };
    const watching = watchEvent({ admin, clock: { nowMs: () => nowMs } }, 'autumn-sale', {
      ...{ intervalMs: 30 * 24 * hourMs, forMs: undefined, leaving: leaving.signal },
    });
    await watching.next();
    // A timer whose delay is too long fires within a millisecond. So a faulty watch would poll again long before the
    // abort.
    setTimeout(() => leaving.abort(), 100);
    await watching.next();
    expect(looks).toBe(1);
  });

  it('ends after the requested time, and polls once more at the end', async () => {
    expect((await seen([open], 30)).length).toBeGreaterThan(1);
  });

  it('computes a rate from two answers, but not from answers before and after a reset', async () => {
    const [first, second, third, fourth] = await seen([
      { ...open, issued: 100 },
      { ...open, issued: 200 },
      { ...open, issued: 0, round: 2 },
      { ...open, issued: 0, round: 2, closed: true },
    ]);
    expect(first?.claimsPerSecond).toBeNull();
    expect(second?.claimsPerSecond).toBeGreaterThan(0);
    expect(third?.claimsPerSecond).toBeNull();
    expect(fourth?.claimsPerSecond).toBe(0);
  });

  it('continues while the API does not answer, shows since when, and keeps showing the last known values', async () => {
    const down = new Fault('unavailable', 'MySQL is away.');
    const busy = new Fault('busy', 'Too busy.');
    const found = await seen([{ ...open, issued: 7 }, down, busy, { ...open, issued: 9, closed: true }]);
    expect(found.map(({ event, silence }) => [event.issued, silence])).toEqual([
      [7, null],
      [7, { sinceMs: nowMs + 1_000, reason: 'MySQL is away.' }],
      [7, { sinceMs: nowMs + 1_000, reason: 'Too busy.' }],
      [9, null],
    ]);
  });

  it('ends on an error that waiting would not fix, and on any error of the first poll', async () => {
    await expect(seen([open, new Fault('not_found', 'gone')])).rejects.toThrow('gone');
    await expect(seen([open, new Error('a bug')])).rejects.toThrow('a bug');
    await expect(seen([new Fault('unavailable', 'MySQL is away.')])).rejects.toThrow('MySQL is away.');
  });
});

describe('event watch', () => {
  const over = () => fakeAdmin([anEvent({ ...open, issued: 1_000, persisted: 1_000 })]);
  const watch = (options: RunOptions = {}) => runCli(['event', 'watch', 'autumn-sale'], { admin: over(), ...options });

  it('draws in place on a terminal, and restores the cursor', async () => {
    const { code, stdout } = await watch({ terminal: { answers: [] }, env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\u001b\[\?25lAutumn sale {2}autumn-sale\u001b\[K\n/);
    expect(stdout).toMatch(/\u001b\[J\u001b\[\?25h$/);
    // Without colours, the only escape sequences left are cursor movements.
    expect(stdout).not.toMatch(/\u001b\[[\d;]*m/);
  });

  it("has colours on a terminal that supports them, and writes lines if the terminal can't redraw in place", async () => {
    expect((await watch({ terminal: { answers: [] } })).stdout).toMatch(/\u001b\[1m/);
    expect((await watch({ terminal: { answers: [] }, env: { TERM: 'dumb' } })).stdout).not.toContain('\u001b');
  });

  it('draws for 80 columns on a terminal of unknown size', async () => {
    const terminal = { answers: [] };
    const { stdout } = await watch({ terminal, columns: 0 });
    expect(stdout).toBe((await watch({ terminal, columns: 80 })).stdout);
    expect(stdout).toContain('autumn-sale');
  });

  it('writes one line per poll in a pipe, under a single header', async () => {
    const { code, stdout, stderr } = await watch();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replaceAll('\t', ' | ')).toBe(
      'serverTime | phase | issued | remaining | claimsPerSecond | persisted | outbox | lagMs\n' +
        '2027-09-01T12:00:00.000Z | sold_out | 1000 | 0 |  | 1000 | 0 | \n',
    );
  });

  it('writes one object per line with --json', async () => {
    const { stdout } = await runCli(['event', 'watch', 'autumn-sale', '--json'], { admin: over() });
    expect(stdout.trim()).not.toContain('\n');
    expect(JSON.parse(stdout)).toMatchObject({ id: 'autumn-sale', phase: 'sold_out', noAnswerSince: null });
  });

  it.each([
    ['interrupted', 130],
    ['unread', 0],
  ])('ends when %s, with exit code %d and the cursor restored', async (why, expected) => {
    const leaving = new AbortController();
    const events = fakeAdmin([anEvent(open)]);
    const admin = {
      ...events,
      get: (eventId: string) => {
        setImmediate(() => leaving.abort(why));
        return events.get(eventId);
      },
    };
    const { code, stdout, stderr } = await watch({ admin, leaving: leaving.signal, terminal: { answers: [] } });
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    expect(stdout.endsWith('\u001b[?25h') || stdout === '').toBe(true);
  });

  it('reports on stderr, if its output is a pipe, when the API stops answering and when it answers again', async () => {
    let asked = 0;
    const admin = {
      ...over(),
      get: () => {
        asked += 1;
        if (asked === 2) return Promise.reject(new Fault('unavailable', 'MySQL is away.'));
        return Promise.resolve(anEvent({ ...open, closed: asked === 3 }));
      },
    };
    const { code, stdout, stderr } = await watch({ admin });
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 3 });
    expect(stderr).toBe('no answer since 12:00:00 +00:00, now: MySQL is away.\nThe API answers again.\n');
  });
});
