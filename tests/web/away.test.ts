import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { inspect } from './inspect.ts';
import { only, openSite, type Site, type Visitor } from './site.ts';

/** The pages must keep working after machines sleep, tabs are hidden and networks fail. */
let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const stored = (eventId: string) => site.direct.db.claim.findMany({ where: { eventId } });

/**
 * Suspends a page until the given time: no timer fires and no code runs, but the wall clock continues. With `standing`,
 * the page's monotonic clock also stops, as on systems whose monotonic clock does not count sleep. Chromium can't
 * freeze a visible page, so a debugger pauses it.
 */
async function sleep(page: Page, untilMs: number, { standing }: { standing: boolean }): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const paused = new Promise<{ callFrameId: string; atMs: number }>((resolve) => {
    devtools.on('Debugger.paused', ({ callFrames: [frame] }) => {
      if (frame !== undefined) resolve({ callFrameId: frame.callFrameId, atMs: Date.now() });
    });
  });
  await devtools.send('Debugger.enable');
  await devtools.send('Debugger.pause');
  const { callFrameId, atMs } = await paused;
  await past(untilMs, 'the end of a sleep');
  if (standing) {
    const expression = `window.asleep += ${Date.now() - atMs}`;
    await devtools.send('Debugger.evaluateOnCallFrame', { callFrameId, expression });
  }
  await devtools.send('Debugger.resume');
  await devtools.detach();
}

/** A monotonic clock that a simulated sleep can stop. */
const prepare = (context: BrowserContext) =>
  context.addInitScript(`{
    const real = performance.now.bind(performance);
    window.asleep = 0;
    performance.now = () => real() - asleep;
  }`);

const past = (atMs: number, what: string) =>
  waitFor(() => Promise.resolve(Date.now() > atMs), { what, limitMs: 60_000 });

/**
 * By how many seconds the shown countdown differs from the time that is really left. The countdown rounds up to whole
 * seconds.
 */
const countdownOff = async ({ page }: Visitor, opensAtMs: number): Promise<number> => {
  const { text, nowMs } = await page.evaluate<{ text: string; nowMs: number }>(
    `({ text: document.querySelector('.countdown').textContent, nowMs: Date.now() })`,
  );
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return hours * 3_600 + minutes * 60 + seconds - (opensAtMs - nowMs) / 1_000;
};
const isRight = (off: number): boolean => off > -0.7 && off < 1.7;

describe.each([
  ['during which the page’s monotonic clock stood still,', true],
  ['during which the page’s monotonic clock ran on, as in a frozen tab,', false],
])('after a sleep %s', (_what, standing) => {
  it('the countdown is correct at once', async () => {
    const event = await site.createEvent({ opensInMs: 3_000_000 });
    await using kim = await site.visit(event.path, { prepare });
    await kim.sees('before');
    await expect.poll(async () => isRight(await countdownOff(kim, event.opensAtMs))).toBe(true);
    // The page has now asked for the time as often as it does after loading. It will not ask again for most of a
    // minute.
    const asked = `performance.getEntriesByType('resource').filter(({ name }) => name.includes('clock.get')).length`;
    await expect.poll(() => kim.page.evaluate<number>(asked), { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
    await sleep(kim.page, Date.now() + 5_000, { standing });
    if (standing) expect(await kim.page.evaluate<number>('asleep')).toBeGreaterThan(3_000);
    await expect.poll(async () => isRight(await countdownOff(kim, event.opensAtMs)), { timeout: 15_000 }).toBe(true);
  });

  it('the button is enabled if the opening has passed, and a click on it gives the coupon', async () => {
    const { event, visitors } = await site.visitBefore({ opensInMs: 6_000 }, [{ prepare }]);
    await using kim = only(visitors);
    await sleep(kim.page, event.opensAtMs + 2_000, { standing });
    await kim.sees('button');
    await kim.page.locator('.claim-button').click();
    await kim.sees('coupon');
    expect(kim.claims()).toBe(1);
  });
});

describe('a page without a network', () => {
  it('enables the button at the opening, and finishes the claim when the network is back', async () => {
    const { event, visitors } = await site.visitBefore({ opensInMs: 6_000 }, [{}]);
    await using kim = only(visitors);
    await kim.page.context().setOffline(true);
    const aliveMs = await kim.clickWhenAlive();
    expect(aliveMs).toBeGreaterThanOrEqual(event.opensAtMs - 500);
    await kim.sees('undecided');
    await inspect(kim.page, 'offline');
    // The message must stay the same after more failures.
    const before = kim.claims();
    await waitFor(() => kim.claims() > before + 1, { what: 'two more attempts', limitMs: 60_000 });
    expect(await kim.page.locator('[data-shows]').getAttribute('data-shows')).toBe('undecided');
    expect(await stored(event.id)).toEqual([]);
    await kim.page.context().setOffline(false);
    await kim.sees('coupon');
    const shown = await kim.history();
    expect(shown.filter((each) => !['before', 'button', 'asking', 'undecided', 'coupon'].includes(each))).toEqual([]);
    await waitFor(async () => (await stored(event.id)).length === 1, { what: 'the claim in MySQL' });
  });

  it('finishes a claim even if the machine sleeps before the answer arrives', async () => {
    const event = await site.createEvent();
    await using kim = await site.visit(event.path, { prepare });
    await kim.sees('button');
    await kim.page.context().setOffline(true);
    await kim.page.locator('.claim-button').click();
    await kim.sees('undecided');
    await sleep(kim.page, Date.now() + 3_000, { standing: true });
    await kim.page.context().setOffline(false);
    await kim.sees('coupon');
    await waitFor(async () => (await stored(event.id)).length === 1, { what: 'the claim in MySQL' });
  });

  it('shows that the coupons are gone once the network is back, without a reload', async () => {
    const { event, visitors } = await site.visitBefore({ stock: 1, opensInMs: 6_000 }, [{}]);
    await using kim = only(visitors);
    await kim.page.context().setOffline(true);
    await kim.sees('button');
    await using lee = await site.visit(event.path);
    await lee.sees('button');
    await lee.page.locator('.claim-button').click();
    await lee.sees('coupon');
    await kim.page.context().setOffline(false);
    await kim.sees('sold_out');
    expect(kim.claims()).toBe(0);
  });
});

describe('the event page on a phone', () => {
  it.each([
    [390, 844],
    [320, 568],
  ])('fits a screen of %s x %s without horizontal scrolling', async (width, height) => {
    const viewport = { width, height };
    const name = 'A sale with quite a long name, as marketing people like to have them, 2026';
    const { event, visitors } = await site.visitBefore({ name, stock: 1, opensInMs: 8_000 }, [{ viewport }]);
    await using kim = only(visitors);
    const fits = async (what: string): Promise<void> => {
      if (width === 320) await inspect(kim.page, `phone-${what}`);
      const wider = await kim.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect([what, wider]).toEqual([what, 0]);
    };
    await fits('before');
    await kim.sees('button');
    await fits('open');
    await kim.page.locator('.claim-button').click();
    await kim.page.locator('[data-state=persisted]').waitFor();
    await fits('coupon');
    await using lee = await site.visit(event.path, { viewport });
    await lee.sees('sold_out');
    expect(await lee.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await kim.page.goto(new URL('/mine', kim.page.url()).href);
    await kim.page.locator('.coupons').waitFor();
    await fits('mine');
    await kim.page.goto(new URL('/', kim.page.url()).href);
    await kim.page.locator('.events').waitFor();
    await fits('list');
  });
});
