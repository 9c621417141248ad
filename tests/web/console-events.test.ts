import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../support/system.ts';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { createManyEvents, type SeededEvent } from '../../scripts/gallery/console/many-events.ts';
import { openSite, type Site } from './site.ts';

/** The console with 66 events: the table, bulk actions, approvals, the calendar, and API keys. */
let site: Site;
let events: SeededEvent[];
beforeAll(async () => {
  site = await openSite({ APPROVAL_AMOUNT: '80000' });
  events = await createManyEvents({ client: (token) => site.api.client(token), tokenOf });
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const desk = { viewport: { width: 1_280, height: 800 } };
const adminOf = (name: string) => site.api.client(tokenOf(name, 'admin')).admin;
const phasesShown = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('.events tbody [data-phase]')].map((each) => each.dataset.phase)`,
  );
const namesShown = (page: Page) => page.locator('.events tbody a').allTextContents();
const ofKind = (kind: SeededEvent['kind']) => events.filter((event) => event.kind === kind);
const rowsAre = (page: Page, count: number) => expect.poll(() => page.locator('.events tbody tr').count()).toBe(count);

describe('the table of events', () => {
  it('shows every open event on the first screen at 1280 x 800, then paused ones, then those that open next', async () => {
    await using kim = await openConsole(site, '#/', desk);
    const { page } = kim;
    await signIn(page, 'admin', 'boss');
    await rowsAre(page, 50);
    await inspect(page, 'console-events-desk');
    const phases = await phasesShown(page);
    expect(phases.slice(0, 13)).toEqual([...Array<string>(9).fill('open'), ...Array<string>(4).fill('paused')]);
    const bottom = await page.evaluate<number>(
      `Math.max(...[...document.querySelectorAll('.events [data-phase=open]')].map((each) => each.getBoundingClientRect().bottom))`,
    );
    expect(bottom).toBeLessThan(800);
    const opening = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.events tr:has([data-phase=scheduled]) time:first-of-type')].map((each) => each.dateTime)`,
    );
    expect(opening.length).toBeGreaterThan(30);
    await page.locator('[data-page="2"]').click();
    await rowsAre(page, 16);
    expect(page.url()).toContain('page=2');
  });

  it('keeps its search, phase, days and order in the address, so that a reload shows the same events', async () => {
    await using kim = await openConsole(site, '#/', desk);
    const { page } = kim;
    await signIn(page, 'viewer');
    await page.locator('input[name=search]').fill('members');
    const all = events.filter(({ name }) => name.startsWith('Members only')).length;
    await rowsAre(page, all);
    await page.locator('[data-filter=scheduled]').locator('xpath=..').locator('label').click();
    const ahead = events.filter(
      ({ name, kind }) => name.startsWith('Members only') && (kind === 'scheduled' || kind === 'unapproved'),
    );
    await rowsAre(page, ahead.length);
    expect(new Set(await phasesShown(page))).toEqual(new Set(['scheduled']));
    await page.locator('[data-sort=name]').click();
    await page.locator('[data-sort=name]').click();
    await page.locator('th[aria-sort=descending]').waitFor();
    const shown = ahead.map(({ name }) => name).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    await expect.poll(() => namesShown(page)).toEqual(shown);
    expect(page.url()).toMatch(/q=members&phase=scheduled&sort=-name/);
    await page.reload();
    await expect.poll(() => namesShown(page)).toEqual(shown);
    expect(await page.locator('input[name=search]').inputValue()).toBe('members');
    // No event opens in January 2020.
    await go(page, '#/?from=2020-01-01&to=2020-01-31');
    await page.getByText('No event matches').waitFor();
    await inspect(page, 'console-events-none');
    await page.getByText('Clear all filters').click();
    await rowsAre(page, 50);
  });

  it('does not let a viewer select events or act on them', async () => {
    await using kim = await openConsole(site, '#/', desk);
    await signIn(kim.page, 'viewer');
    await rowsAre(kim.page, 50);
    expect(await kim.page.locator('.events [type=checkbox], .events [data-menu]').count()).toBe(0);
  });

  it('links each event to a form that creates a copy of the event', async () => {
    const [event] = ofKind('sold_out');
    await using kim = await openConsole(site, `#/?q=${encodeURIComponent(event?.name ?? '')}`, desk);
    await signIn(kim.page, 'operator');
    await kim.page.locator(`[data-menu="${event?.id}"]`).click();
    await kim.page.locator('[data-do=clone]').click();
    await kim.page.waitForURL(`**/admin#/create?from=${event?.id}`);
  });

  it.each([
    [390, 844],
    [320, 640],
  ])('fits the width of a phone of %s x %s', async (width, height) => {
    await using kim = await openConsole(site, '#/', { viewport: { width, height } });
    await signIn(kim.page, 'operator');
    await rowsAre(kim.page, 50);
    if (width === 390) await inspect(kim.page, 'console-events-phone');
    expect(await kim.page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
  });
});

describe('a bulk action', () => {
  it('names the events before it pauses them, lists each result, and keeps events selected if their pause failed', async () => {
    const [first, second, third] = await Promise.all(
      ['one', 'two', 'three'].map((name) => site.createEvent({ name: `Bulk ${name}` })),
    );
    await adminOf('boss').event.pause.mutate({ eventId: third?.id ?? '' });
    await using kim = await openConsole(site, '#/?q=bulk', desk);
    const { page } = kim;
    await signIn(page, 'operator');
    await rowsAre(page, 3);
    await page.locator('.events thead [type=checkbox]').click();
    await page.locator('[data-bulk="3"]').waitFor();
    await inspect(page, 'console-bulk-selected');
    await page.locator('[data-do=bulk-pause]').click();
    expect((await page.locator('[role=dialog] .names li').allTextContents()).toSorted()).toEqual([
      ...['Bulk one', 'Bulk two'],
    ]);
    expect(await page.locator('[data-others="1"]').textContent()).toContain('Bulk three');
    await inspect(page, 'console-bulk-confirm', { switches: false });
    // Another admin changes one of the events while the dialog is open.
    await adminOf('boss').event.update.mutate({ eventId: second?.id ?? '', description: 'New' });
    await page.locator('[role=dialog] input[name=reason]').fill('wrong price');
    await page.locator('[data-confirm]').click();
    await page.locator('[data-failed="1"]').waitFor();
    expect(await page.locator('[data-result=done]').textContent()).toContain('Bulk one');
    expect(await page.locator('[data-result=failed]').textContent()).toMatch(/Bulk two.*version/s);
    await inspect(page, 'console-bulk-results', { switches: false });
    await page.locator('[data-do=bulk-end]').click();
    await page.locator('[data-bulk="1"]').waitFor();
    expect(await adminOf('boss').event.get.query({ eventId: first?.id ?? '' })).toMatchObject({ paused: true });

    await page.locator('[data-do=bulk-pause]').click();
    await page.locator('[data-confirm]').click();
    await page.locator('[data-failed="0"]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-bulk]').waitFor({ state: 'detached' });
    expect(await adminOf('boss').event.get.query({ eventId: second?.id ?? '' })).toMatchObject({ paused: true });
  });
});

describe('the list of approvals', () => {
  it('shows events that wait for a second admin and what would change, and lets that admin approve or decline', async () => {
    const changed = await site.createEvent({ name: 'Changed later', opensInMs: 7_200_000, stock: 50 });
    await adminOf('anna').event.update.mutate({ eventId: changed.id, amount: 95_000, reason: 'VIP week' });
    await using other = await openConsole(site, '#/approvals', desk);
    const { page } = other;
    await signIn(page, 'admin', 'anna');
    const card = (id: string) => page.locator(`[data-approval="${id}"]`);
    await card(changed.id).locator('[data-waiting=changed]').waitFor();
    expect(await page.locator('[data-approval]').count()).toBe(4);
    // Anna changed this event, so she can't approve it.
    expect(await card(changed.id).locator('button').count()).toBe(0);
    await inspect(page, 'console-approvals');
    expect(await card(changed.id).locator('[data-changed]').allTextContents()).toEqual([
      expect.stringMatching(/Amount.*10,000.*95,000/) as string,
      expect.stringMatching(/Total.*500,000.*4,750,000/) as string,
    ]);
    const [first, second] = ofKind('unapproved');
    await card(first?.id ?? '')
      .locator('[data-waiting=new]')
      .waitFor();
    await card(first?.id ?? '')
      .locator('[data-do=approve]')
      .click();
    await page.locator('[data-confirm]').click();
    await card(first?.id ?? '').waitFor({ state: 'detached' });
    expect(await adminOf('boss').event.get.query({ eventId: first?.id ?? '' })).toMatchObject({ needsApproval: false });

    await card(second?.id ?? '')
      .locator('[data-do=decline-event]')
      .click();
    await page.locator('[role=dialog] input[name=reason]').fill('too much money');
    await inspect(page, 'console-decline', { switches: false });
    await page.locator('[data-confirm]').click();
    await card(second?.id ?? '').waitFor({ state: 'detached' });
    expect(await adminOf('boss').event.get.query({ eventId: second?.id ?? '' })).toMatchObject({ phase: 'closed' });
    const { entries } = await adminOf('boss').audit.list.query({ eventId: second?.id ?? '', limit: 1 });
    expect(entries).toMatchObject([{ action: 'event.close', actor: 'anna', reason: 'too much money' }]);
  });
});

describe('the calendar', () => {
  it('shows every opening and closing of a month or a week, in the reader’s zone or in each event’s', async () => {
    const event = await site.createEvent({
      ...{
        name: 'New Year in New York',
        timeZone: 'America/New_York',
        opensInMs: Date.UTC(2030, 0, 1, 4) - Date.now(),
      },
      closesAt: '2030-01-02T06:30:00Z',
    });
    await using kim = await openConsole(site, '#/calendar?at=2030-01-15', desk);
    const { page } = kim;
    await signIn(page, 'viewer');
    const at = (day: string, kind: string) => page.locator(`[data-day="${day}"] [data-entry=${kind}]`);
    await at('2030-01-01', 'opens').waitFor();
    expect(await at('2030-01-01', 'opens').textContent()).toContain('04:00 New Year in New York');
    expect(await at('2030-01-02', 'closes').textContent()).toContain('06:30');
    await page.getByText('Event’s time', { exact: true }).click();
    expect(await at('2029-12-31', 'opens').textContent()).toContain('23:00');
    expect(await at('2030-01-02', 'closes').textContent()).toContain('01:30');
    expect(page.url()).toContain('zone=event');
    await page.getByText('Week', { exact: true }).click();
    await page.locator('[data-calendar="2030-01-14 2030-01-20"]').waitFor();
    await page.locator('[data-do=previous]').click();
    await page.locator('[data-do=previous]').click();
    await at('2029-12-31', 'opens').click();
    await page.waitForURL(`**/admin#/events/${event.id}`);
  });

  it('has no problem that axe finds with 66 events, and does not scroll sideways on a phone', async () => {
    await using kim = await openConsole(site, '#/calendar', desk);
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-entry]').first().waitFor();
    await inspect(page, 'console-calendar');
    await page.locator('[data-do=more]').first().click();
    await page.locator('[data-do=more]').first().waitFor({ state: 'detached' });
    await inspect(page, 'console-calendar-week');
    await page.setViewportSize({ width: 390, height: 844 });
    await go(page, '#/calendar');
    await inspect(page, 'console-calendar-phone');
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
  });
});

describe('API keys in the console', () => {
  it('can be created, listed and revoked; the secret works and is shown only once', async () => {
    await using boss = await openConsole(site, '#/keys', desk);
    const { page } = boss;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(page, 'admin', 'boss');
    await page.locator('[data-do=create-key]').click();
    await page.locator('input[name=keyName]').fill('a name with spaces');
    await page.locator('[data-confirm]').click();
    await page.locator('[role=dialog] [aria-invalid=true]').waitFor();
    await inspect(page, 'console-key-form', { switches: false });
    await page.locator('input[name=keyName]').fill('report-job');
    await page.locator('select[name=role]').selectOption('operator');
    await page.locator('select[name=expiry]').selectOption('30');
    await page.locator('[data-confirm]').click();
    const secret = (await page.locator('[data-secret]').textContent()) ?? '';
    await inspect(page, 'console-key-secret', { switches: false });
    // Escape must not close the dialog, which shows the only copy of the key.
    await page.keyboard.press('Escape');
    await page.locator('[data-do=copy-key]').click();
    await page.locator('[data-copied=true]').waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(secret);
    await page.locator('[data-do=key-stored]').click();
    await page.locator('[data-secret]').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);
    expect(await site.api.client(secret).admin.whoami.query()).toMatchObject({ role: 'operator' });

    const row = page.locator('[data-key=report-job]');
    expect(await row.textContent()).toMatch(/operator.*boss.*in 30 days.*Not used yet/);
    await inspect(page, 'console-keys');
    await page.setViewportSize({ width: 390, height: 844 });
    await inspect(page, 'console-keys-phone');
    await row.locator('[data-do=revoke-key]').click();
    await page.locator('[role=dialog] input[name=reason]').fill('leaked');
    await page.locator('[role=dialog] [data-confirm]').click();
    await row.waitFor({ state: 'detached' });
    await page.locator('[role=switch]').click();
    await page.locator('[data-key=report-job][data-state=revoked]').waitFor();
  });

  it('are hidden from operators, even if an operator opens their address', async () => {
    await using kim = await openConsole(site, '#/keys', desk);
    await signIn(kim.page, 'operator');
    await kim.page.locator('main [role=alert]').waitFor();
    expect(await kim.page.locator('nav a[href="#/keys"]').count()).toBe(0);
  });
});
