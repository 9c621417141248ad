import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { tokenOf } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { openSite, type Site, type SiteEvent } from './site.ts';

/** The views of a running sale and of its report, as marketing sees them. */
let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const claim = (eventId: string, user: string) => site.api.client(tokenOf(user)).claim.submit.mutate({ eventId });
const crowd = (eventId: string, name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => claim(eventId, `${name}-${at}`)));
const stored = (eventId: string) => site.direct.db.claim.findMany({ where: { eventId } });
const figure = async (page: Page, name: string): Promise<string> =>
  (await page.locator(`[data-figure=${name}] p`).nth(1).textContent()) ?? '';
const numberIn = (text: string): number => Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? NaN);
const milestones = (page: Page): Promise<string[]> =>
  page.evaluate(
    `[...document.querySelectorAll('[data-milestone][data-reached=true]')].map((each) => each.dataset.milestone)`,
  );

/** The highest rate of stored claims in any bucket of `widthMs`, in claims per second. */
async function truePeak({ id, opensAtMs }: SiteEvent, widthMs: number): Promise<number> {
  const rows = await stored(id);
  const buckets = Map.groupBy(rows, ({ claimedAt }) => Math.floor((claimedAt.getTime() - opensAtMs) / widthMs));
  return Math.round((Math.max(...[...buckets.values()].map(({ length }) => length)) * 1_000) / widthMs);
}

/** Sells out an event within a second while somebody watches. The event opens after the page has loaded. */
async function sellOut(page: Page, stock: number, early: number): Promise<SiteEvent> {
  const event = await site.createEvent({ stock, name: 'Lightning', opensInMs: 6_000, amount: 5_000 });
  await go(page, `#/events/${event.id}`);
  await page.locator('[data-live=remaining]').waitFor();
  await crowd(event.id, 'early', early);
  await waitFor(() => Promise.resolve(Date.now() > event.opensAtMs + 20), { what: 'the opening' });
  await crowd(event.id, 'fan', stock + 15);
  return event;
}

describe('a sale that sells out within a second', () => {
  it('shows somebody who watches it the true peak, the milestones and how many coupons are left', async () => {
    await using kim = await openConsole(site, '', { viewport: { width: 1_280, height: 1_000 } });
    const { page } = kim;
    await signIn(page, 'viewer');
    const event = await sellOut(page, 120, 4);
    await expect.poll(() => page.locator('[data-live=remaining]').textContent()).toBe('0');
    await expect
      .poll(() => page.locator('[data-live=bar] [role=progressbar]').getAttribute('aria-valuenow'))
      .toBe('100');
    await expect.poll(() => milestones(page)).toEqual(['opened', 'firstClaim', 'soldOut', 'stored']);
    const { peak, openingError } = await site.api.client().admin.sale.get.query({ eventId: event.id });
    expect(numberIn(await figure(page, 'peak'))).toBe(await truePeak(event, (peak?.width ?? 0) * 1_000));
    expect(await figure(page, 'first')).toContain(`+${openingError} sec`);
    // The axis must show the time since the opening, not a date in 1970.
    expect(await page.locator('[data-plot=speed] [role=img]').getAttribute('aria-label')).toContain('Opened');
    expect(await page.locator('[data-plot=speed] [data-mark=opening]').count()).toBe(1);
    expect(await page.locator('main').innerText()).not.toContain('1970');
    await inspect(page, 'console-sale-soldout');
  });

  it('shows accepted claims before they are in MySQL', async () => {
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'viewer');
    const event = await site.createEvent({ stock: 30, name: 'Ahead of MySQL' });
    await site.direct.db.$transaction(
      async (tx) => {
        // No claim can be stored while the round's row is locked.
        await tx.$queryRaw`SELECT 1 FROM rounds WHERE event_id = ${event.id} FOR UPDATE`;
        await crowd(event.id, 'fan', 30);
        await go(page, `#/events/${event.id}`);
        await expect.poll(() => page.locator('[data-live=remaining]').textContent()).toBe('0');
        await expect.poll(() => page.locator('[data-plot=speed]').count()).toBe(1);
        expect(numberIn(await figure(page, 'peak'))).toBeGreaterThan(0);
        expect(await milestones(page)).toEqual(['opened', 'firstClaim', 'soldOut']);
        expect(await tx.claim.count({ where: { eventId: event.id } })).toBe(0);
      },
      { timeout: 60_000 },
    );
    await expect.poll(() => milestones(page)).toEqual(['opened', 'firstClaim', 'soldOut', 'stored']);
  });
});

describe('a running sale in the console', () => {
  it('has a mark for every pause, and shows operators’ terms only in a separate section', async () => {
    const event = await site.createEvent({ stock: 50, name: 'Paused twice' });
    const calls = site.api.client().admin.event;
    await crowd(event.id, 'fan', 5);
    for (let pause = 0; pause < 2; pause += 1) {
      await calls.pause.mutate({ eventId: event.id });
      await crowd(event.id, `while-${pause}`, 3);
      await calls.resume.mutate({ eventId: event.id });
      await crowd(event.id, `after-${pause}`, 3);
    }
    await using kim = await openConsole(site, `#/events/${event.id}`, { viewport: { width: 1_280, height: 1_000 } });
    const { page } = kim;
    await signIn(page, 'operator');
    await expect.poll(() => page.locator('[data-plot=speed] [data-mark=pause]').count()).toBe(2);
    expect((await milestones(page)).filter((name) => name === 'paused' || name === 'resumed')).toEqual([
      'paused',
      'resumed',
      'paused',
      'resumed',
    ]);
    await expect.poll(() => figure(page, 'refused')).toBe('6');
    const section = page.locator('[data-section=operators]');
    const said = await page.locator('main').innerText();
    for (const word of ['redis-stream', 'Outbox', 'Lag']) expect(said).not.toContain(word);
    await section.locator('button').first().click();
    await expect.poll(() => section.innerText()).toMatch(/redis-stream[^]*Outbox/);
    await inspect(page, 'console-sale-paused');
  });

  it('shows how late its first claim came only if somebody was waiting for the opening', async () => {
    const calls = site.api.client().admin.event;
    const event = await site.createEvent({ stock: 5, name: 'Nobody waited' });
    await using kim = await openConsole(site, `#/events/${event.id}`);
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-plot=none]').waitFor();
    await waitFor(() => Promise.resolve(Date.now() > event.opensAtMs + 1_100), { what: 'the first second' });
    await claim(event.id, 'late');
    await page.locator('[data-milestone=firstClaim][data-reached=true]').waitFor();
    expect(await page.locator('[data-figure=first]').count()).toBe(0);
    await page.locator('[data-plot=speed] [data-mark=opening]').waitFor();
    await calls.close.mutate({ eventId: event.id });
    await page.locator('[data-milestone=closed]').waitFor();
  });
});

describe('the report after a sale', () => {
  it('has the same figures as the stores, on the page, in both files and on paper', async () => {
    await using kim = await openConsole(site, '', { viewport: { width: 1_280, height: 1_400 } });
    const { page } = kim;
    await signIn(page, 'viewer');
    const event = await sellOut(page, 40, 7);
    await waitFor(async () => (await stored(event.id)).length === 40, { what: 'all claims in MySQL' });
    const { sale, metrics } = site.api.client().admin;
    const answered = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await sale.get.query({ eventId: event.id })).answers.map(({ outcome, count }): [string, number] => [
          outcome,
          count,
        ]),
      );
    await expect.poll(answered).toEqual({ issued: 40, sold_out: 15, not_open: 7 });
    await page.locator('a[href$="/report"]').click();
    await page.locator('[data-report="1"]').waitFor();
    await expect.poll(() => page.locator('[data-milestone=stored][data-reached=true]').count()).toBe(1);
    const { peak } = await sale.get.query({ eventId: event.id });
    const rate = await truePeak(event, (peak?.width ?? 0) * 1_000);
    expect(numberIn(await figure(page, 'issued'))).toBe(40);
    expect(numberIn(await figure(page, 'worth'))).toBe(200_000);
    expect(numberIn(await figure(page, 'peak'))).toBe(rate);
    const refused = (reason: string) => page.locator(`[data-reason=${reason}] td`).nth(1).textContent();
    expect(await Promise.all(['sold_out', 'not_open'].map(refused))).toEqual(['15', '7']);
    expect(await page.locator('[data-section=winners] a').getAttribute('href')).toBe(`#/events/${event.id}/claims`);

    const saved = async (format: 'csv' | 'json'): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`[data-do=save-${format}]`).click(),
      ]);
      expect(file.suggestedFilename()).toBe(`${event.id}-round-1-report.${format}`);
      return readFileSync(await file.path(), 'utf8');
    };
    const json = JSON.parse(await saved('json')) as { sale: { issued: number }; figures: { persisted: number } };
    const [round] = (await metrics.export.query({ eventId: event.id })).rounds;
    expect([json.sale.issued, json.figures.persisted]).toEqual([40, round?.persisted]);
    const lines = (await saved('csv')).split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining(['figure,issued,40', `figure,peak_per_second,${rate}`, 'calls,sold_out,15']),
    );
    const byTime = lines.filter((line) => line.startsWith('coupons,')).map((line) => Number(line.split(',')[2]));
    expect(byTime.reduce((sum, count) => sum + count, 0)).toBe(40);
    await inspect(page, 'console-report');

    // The printed report has the figures, but nothing that can be clicked.
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const hidden of ['header', 'nav', '[data-do=print]']) {
      expect([hidden, await page.locator(hidden).first().isVisible()]).toEqual([hidden, false]);
    }
    expect(numberIn(await figure(page, 'peak'))).toBe(rate);
    expect(await page.locator('[data-figure=peak]').isVisible()).toBe(true);
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate<string>(`getComputedStyle(document.querySelector('h1')).color`)).toBe('rgb(0, 0, 0)');
    expect(await page.evaluate<string>(`getComputedStyle(document.querySelector('[data-figure=peak] p')).color`)).toBe(
      'rgb(68, 68, 68)',
    );
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('can be read for an earlier round too', async () => {
    const event = await site.createEvent({ stock: 3, name: 'Two rounds' });
    await crowd(event.id, 'fan', 3);
    await waitFor(async () => (await stored(event.id)).length === 3, { what: 'all claims in MySQL' });
    await site.api
      .client(tokenOf('boss', 'admin'))
      .admin.event.reset.mutate({ eventId: event.id, confirm: 'Two rounds' });
    await using kim = await openConsole(site, `#/events/${event.id}/report`);
    const { page } = kim;
    await signIn(page, 'viewer');
    await page.locator('[data-report="2"]').waitFor();
    expect(numberIn(await figure(page, 'issued'))).toBe(0);
    await page.locator('main select').selectOption('1');
    await page.locator('[data-report="1"]').waitFor();
    expect(numberIn(await figure(page, 'issued'))).toBe(3);
    expect(page.url()).toContain('/report?round=1');
    expect(await page.locator('[data-section=winners] a').getAttribute('href')).toContain('round=1');
  });

  it.each([
    [390, 844],
    [320, 640],
  ])('fits the width of a phone of %s x %s, and so does the live view', async (width, height) => {
    const event = await site.createEvent({ stock: 4, name: 'On a phone' });
    await crowd(event.id, 'fan', 6);
    await using kim = await openConsole(site, `#/events/${event.id}`, { viewport: { width, height } });
    const { page } = kim;
    await signIn(page, 'viewer');
    for (const [name, ready] of [
      ['', '[data-milestone=stored][data-reached=true]'],
      ['/report', '[data-report]'],
    ] as const) {
      await go(page, `#/events/${event.id}${name}`);
      await page.locator(ready).waitFor();
      const wider = await page.evaluate<string[]>(`document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.outerHTML.slice(0, 120))`);
      expect([name, wider]).toEqual([name, []]);
      if (width === 390) await inspect(page, `console-phone-sale${name.replace('/', '-')}`);
    }
  });
});
