import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import { tokenOf } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { act, go, openConsole, signIn, type ConsoleRole } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { openSite, type Site } from './site.ts';

/** The console on an ordinary working day and during an incident. */
let site: Site;
beforeAll(async () => {
  site = await openSite({ APPROVAL_AMOUNT: '50000' });
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const stored = (eventId: string) => site.direct.db.claim.findMany({ where: { eventId }, orderBy: { serial: 'asc' } });
const adminOf = (name: string, role: ConsoleRole = 'admin') => site.api.client(tokenOf(name, role)).admin;
const claim = (eventId: string, user: string) => site.api.client(tokenOf(user)).claim.submit.mutate({ eventId });
const opened = (page: Page) => page.locator('[data-phase]').waitFor();
const shownActions = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('[data-do]')].map((each) => each.dataset.do)`);
const idOf = (page: Page) => page.url().split('/').at(-1) ?? '';
const anHourAhead = () => new Date(Date.now() + 3_600_000).toISOString();
/** Describes the focused element by its action, its name or its text. */
const focused = (page: Page) =>
  page.evaluate<string>(
    `(({ dataset, name, id, textContent }) => dataset.do || name || id || textContent)(document.activeElement)`,
  );

describe('an event that needs an approval', () => {
  it('can be approved only by a second admin, and only if it has not changed since that admin read it', async () => {
    await using asker = await openConsole(site, '#/create');
    await signIn(asker.page, 'admin', 'boss');
    for (const [name, value] of Object.entries({ name: 'Big', amount: '60000', stock: '20', opensAt: anHourAhead() })) {
      await asker.page.locator(`input[name=${name}]`).fill(value);
    }
    await asker.page.locator('[data-warning=approval]').waitFor();
    await inspect(asker.page, 'console-create-warned');
    await asker.page.locator('main form [type=submit]').click();
    await asker.page.locator('[data-shows=approval]').waitFor();
    const eventId = idOf(asker.page);
    expect(await shownActions(asker.page)).toEqual(['pause', 'topUp', 'close', 'reset']);
    // The server must refuse the approval even if a page offers the button.
    await expect(adminOf('boss').event.approve.mutate({ eventId, version: 1 })).rejects.toMatchObject({
      data: { code: 'CONFLICT' },
      message: expect.stringMatching(/boss asked for the approval/) as string,
    });
    await using operator = await openConsole(site, `#/events/${eventId}`);
    await signIn(operator.page, 'operator', 'otto');
    await opened(operator.page);
    expect(await shownActions(operator.page)).not.toContain('approve');

    await using other = await openConsole(site, '#/');
    await signIn(other.page, 'admin', 'anna');
    await other.page.locator('[data-trouble=needsApproval]').waitFor();
    await other.page.locator(`a[href="#/events/${eventId}"]`).click();
    await inspect(other.page, 'console-approval');
    await other.page.locator('[data-do=approve]').click();
    // The event changes, so its version is no longer the one that Anna has read.
    await adminOf('boss').event.update.mutate({ eventId, stock: 2_000 });
    await other.page.locator('[role=dialog] [data-confirm]').click();
    await expect.poll(() => other.page.locator('[role=dialog] [role=alert]').textContent()).toMatch(/version/);
    await inspect(other.page, 'console-approve-conflict', { switches: false });
    await other.page.keyboard.press('Escape');
    await expect.poll(() => other.page.locator('[data-live=remaining]').textContent()).toBe('2,000');
    await act(other.page, 'approve', { reason: 'as agreed' });
    await other.page.locator('[data-shows=approval]').waitFor({ state: 'detached' });
    expect(await adminOf('anna').event.get.query({ eventId })).toMatchObject({ needsApproval: false, stock: 2_000 });

    await go(other.page, '#/audit?action=event.approve');
    await expect.poll(() => other.page.locator('[data-entry]').count()).toBe(1);
    expect(await other.page.locator('[data-entry="event.approve"]').textContent()).toMatch(/anna.*as agreed/s);
    await inspect(other.page, 'console-audit-open');
  });
});

describe('a lost gate', () => {
  it('is reported and can be repaired, and the event continues with an unused serial', async () => {
    const event = await site.createEvent({ stock: 20, name: 'Lost' });
    for (const user of ['user-1', 'user-2', 'user-3']) await claim(event.id, user);
    await waitFor(async () => (await stored(event.id)).length === 3, { what: 'the claims in MySQL' });
    const { gate, winners } = roundKeys(event.id, 1);
    await site.direct.redis.del(gate, winners);

    await using kim = await openConsole(site, '#/');
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('.events tr', { hasText: 'Lost' }).locator('[data-trouble=gateLost]').waitFor();
    await page.locator(`a[href="#/events/${event.id}"]`).click();
    await page.locator('[data-shows=gate-lost]').waitFor();
    await page.locator('.checks [data-check=gate][data-state=problem]').waitFor();
    await inspect(page, 'console-gate-lost');
    // From here on, the test uses only the keyboard. The focus must never be lost.
    await page.locator('a[href$="/reconcile"]').press('Enter');
    await page.locator('[data-do=compare]').press('Enter');
    await page.locator('[data-verdict=drift] h2:focus').waitFor();
    await page.locator('[data-do=repair]').press('Enter');
    await page.locator('[data-do=decline]').press('Enter');
    await page.locator('[data-do=repair]:focus').press('Enter');
    await page.locator('[data-confirm]:focus').press('Enter');
    await page.locator('[data-verdict=clean] h2:focus').waitFor();
    expect(await focused(page)).toBe(await page.locator('[data-verdict=clean] h2').textContent());

    await go(page, `#/events/${event.id}`);
    await page.locator('[data-phase=paused]').waitFor();
    await page.locator('[data-do=resume]').click();
    await inspect(page, 'console-resume', { switches: false });
    await page.locator('[role=dialog] input[name=value]').fill('15');
    await page.locator('[role=dialog] [data-confirm]').click();
    await page.locator('[data-phase=open]').waitFor();
    expect(await claim(event.id, 'user-4')).toMatchObject({ status: 'issued', serial: 15 });
    expect(await claim(event.id, 'user-2')).toMatchObject({ status: 'issued', serial: 2, replayed: true });

    await go(page, `#/events/${event.id}/reconcile`);
    await page.locator('[data-do=compare]').click();
    await page.locator('[data-verdict=clean]').waitFor();
    expect(await page.locator('[data-verdict] dt', { hasText: 'Reserved' }).locator('+ dd').textContent()).toBe('11');
    await inspect(page, 'console-reserved');
  });
});

describe('the console’s list of events', () => {
  it('checks readiness only for events that open soon', async () => {
    const soon = await site.createEvent({ name: 'Soon', opensInMs: 58_000 });
    const paused = await site.createEvent({ name: 'Forgotten', opensInMs: 59_000 });
    await adminOf('boss').event.pause.mutate({ eventId: paused.id });
    const later = await site.createEvent({ name: 'Later', opensInMs: 7_200_000 });
    await using kim = await openConsole(site);
    const asked: string[] = [];
    let looks = 0;
    kim.page.on('request', (request) => {
      const url = decodeURIComponent(request.url());
      if (url.includes('admin.event.search')) looks += 1;
      const [, eventId] = /admin\.event\.get\?input=\{"eventId":"([^"]+)"/.exec(url) ?? [];
      if (eventId !== undefined) asked.push(eventId);
    });
    await signIn(kim.page, 'viewer');
    const row = (name: string) => kim.page.locator('.events tr', { hasText: name });
    await row('Soon').locator('[data-readiness=armed]').waitFor({ timeout: 60_000 });
    await row('Forgotten').locator('[data-trouble=opensPaused]').waitFor();
    await row('Forgotten').locator('[data-readiness=problem]', { hasText: 'opening' }).waitFor();
    await inspect(kim.page, 'console-ready');
    await expect.poll(() => looks, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    expect(asked).toContain(soon.id);
    expect(asked).not.toContain(later.id);
    expect(await row('Later').locator('[data-readiness]').count()).toBe(0);
  });
});

describe('the queue dashboard', () => {
  it('opens from the console with a separate session, which no procedure accepts and which ends on sign-out', async () => {
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'viewer');
    await page.locator('nav a[href="/admin/queues"]').click();
    await page.waitForURL('**/admin/queues');
    await page.locator('text=firstcome').first().waitFor();
    const status = (path: string) => page.evaluate<number>(`fetch('${path}').then(({ status }) => status)`);
    expect(await status('/admin/queues/api/queues')).toBe(200);
    expect(await status('/trpc/admin.whoami')).toBe(401);
    await page.goto(new URL('/admin', page.url()).href);
    await page.locator('[data-role=viewer]').waitFor();
    await page.locator('[data-role]').click();
    await page.locator('[data-do=sign-out]').click();
    await page.locator('input[name=token]').waitFor();
    await expect.poll(() => status('/admin/queues/api/queues')).toBe(401);

    await page.goto(new URL('/admin/queues', page.url()).href);
    await page.waitForURL('**/admin/sign-in?next=*');
    await page.locator('input[name=token]').fill(tokenOf('kim'));
    await page.keyboard.press('Enter');
    await page.locator('[role=alert], .trouble').first().waitFor();
    await page.locator('input[name=token]').fill(tokenOf('kim', 'viewer'));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin/queues');
    expect(await status('/admin/queues/api/queues')).toBe(200);
  });
});

describe('roles in the console', () => {
  it('hide forbidden actions from a viewer, even if the viewer enters a form’s address', async () => {
    const event = await site.createEvent();
    await using kim = await openConsole(site, '#/create');
    await signIn(kim.page, 'viewer');
    for (const hash of ['#/create', `#/events/${event.id}/edit`, `#/events/${event.id}/reconcile`]) {
      await go(kim.page, hash);
      await expect.poll(() => kim.page.locator('main [role=alert]').textContent()).toMatch(/operator/);
      expect(await kim.page.locator('main form, main button').count()).toBe(0);
    }
    await go(kim.page, '#/');
    await kim.page.locator('.events tbody tr').first().waitFor();
    expect(await kim.page.locator('a[href="#/create"]').count()).toBe(0);
    await go(kim.page, `#/events/${event.id}`);
    await opened(kim.page);
    expect(await kim.page.locator('a[href$="/edit"], a[href$="/reconcile"], [data-do]').count()).toBe(0);
  });

  it('are enforced by the server if an admin’s role is lowered while the page is open', async () => {
    const event = await site.createEvent();
    await using kim = await openConsole(site, `#/events/${event.id}`);
    await signIn(kim.page, 'operator');
    await opened(kim.page);
    await kim.page.route('**/trpc/admin.event.pause*', (route) =>
      route.continue({
        headers: { ...route.request().headers(), authorization: `Bearer ${tokenOf('kim', 'viewer')}` },
      }),
    );
    await kim.page.locator('[data-do=pause]').click();
    await kim.page.locator('[role=dialog] [data-confirm]').click();
    await expect.poll(() => kim.page.locator('[role=dialog] [role=alert]').textContent()).toMatch(/operator/);
    expect(await adminOf('boss').event.get.query({ eventId: event.id })).toMatchObject({ paused: false });
  });
});

describe('the console without a mouse', () => {
  it('lets an admin sign in, pause an event and cancel a reset by keyboard, and never loses the focus', async () => {
    const event = await site.createEvent({ name: 'By keys' });
    await using kim = await openConsole(site);
    const { page } = kim;
    const { keyboard } = page;
    const tabTo = async (wanted: string): Promise<void> => {
      const seen: string[] = [];
      for (let presses = 0; presses < 60; presses += 1) {
        await keyboard.press('Tab');
        seen.push(await focused(page));
        if (seen.at(-1) === wanted) return;
      }
      throw new Error(`Tab does not lead to ${wanted}, but to ${seen.join(', ')}.`);
    };
    await page.locator('input[name=token]').waitFor();
    expect(await focused(page)).toBe('token');
    await keyboard.insertText(tokenOf('boss', 'admin'));
    await keyboard.press('Enter');
    await page.locator(`a[href="#/events/${event.id}"]`).waitFor();
    await tabTo('By keys');
    await keyboard.press('Enter');
    await opened(page);
    // The link that the test followed is gone, together with the list. So the focus moves to the new view.
    expect(await focused(page)).toBe('main');
    await tabTo('pause');
    await keyboard.press('Enter');
    await tabTo('reason');
    await keyboard.insertText('by keys');
    await keyboard.press('Enter');
    await page.locator('[data-phase=paused]').waitFor();
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    expect(await page.locator('.announced').allTextContents()).toEqual([
      expect.stringMatching(/By keys has been paused/),
    ]);
    await expect.poll(() => focused(page)).toBe('resume');
    await tabTo('reset');
    await keyboard.press('Enter');
    await page.locator('[role=dialog] input[name=confirm]').waitFor();
    await keyboard.press('Escape');
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('reset');
    await tabTo('resume').catch(() => undefined);
    expect(await adminOf('boss').event.get.query({ eventId: event.id })).toMatchObject({ paused: true, round: 1 });
  });
});

describe('a reset', () => {
  it('starts a new round with the opening and the stock that the admin typed', async () => {
    const event = await site.createEvent({ name: 'Again', stock: 2 });
    await claim(event.id, 'user-1');
    await using kim = await openConsole(site, `#/events/${event.id}`);
    await signIn(kim.page, 'admin', 'boss');
    await opened(kim.page);
    // The browser uses this machine's time zone.
    const ahead = new Date(Date.now() + 2 * 86_400_000);
    ahead.setHours(10, 0, 0, 0);
    const local = (at: Date) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    const closes = new Date(ahead.getTime() + 3_600_000);
    await act(kim.page, 'reset', {
      ...{ value: '9', opensAt: local(ahead), closesAt: local(closes), confirm: 'Again' },
      reason: 'second run',
    });
    await kim.page.locator('[data-phase=scheduled]').waitFor();
    expect(await adminOf('boss').event.get.query({ eventId: event.id })).toMatchObject({
      ...{ round: 2, stock: 9, issued: 0, paused: false },
      ...{ opensAt: ahead.toISOString(), closesAt: closes.toISOString() },
    });
    await inspect(kim.page, 'console-scheduled');
  });
});

describe('a running sale', () => {
  it('has plots for operators: accepted and refused calls per second, and claims in the outbox', async () => {
    const event = await site.createEvent({ stock: 40, name: 'Drawn' });
    await using kim = await openConsole(site, `#/events/${event.id}`);
    const { page } = kim;
    await signIn(page, 'viewer');
    await opened(page);
    const plot = (title: string) => page.locator('.plot', { hasText: title });
    /** Returns a line's highest value, from the plot's text for screen readers. */
    const most = async (title: string, name: string): Promise<number> => {
      const told = await plot(title).locator('[role=img]').getAttribute('aria-label');
      return Number(new RegExp(`${name} [\\d.,]+ \\(max ([\\d.]+)\\)`).exec(told ?? '')?.[1] ?? NaN);
    };
    await page.locator('[data-section=operators] button').first().click();
    // A rate needs two samples.
    await expect.poll(() => most('Calls per second', 'Accepted')).toBe(0);
    await expect.poll(() => plot('Calls per second').locator('canvas').count()).toBe(1);
    await Promise.all(Array.from({ length: 100 }, (_, i) => claim(event.id, `drawn-${i}`)));
    await expect.poll(() => most('Calls per second', 'Accepted')).toBeGreaterThan(1);
    await expect.poll(() => most('Calls per second', 'Refused')).toBeGreaterThan(1);
    await page.locator('[data-phase=sold_out]').waitFor();
    await expect.poll(() => page.locator('.facts').last().textContent()).toMatch(/MySQL40/);
    expect(await plot('Outbox').locator('canvas').count()).toBe(1);
    await page.setViewportSize({ width: 1_000, height: 1_600 });
    await inspect(page, 'console-sale');
  });
});

describe('an export of claims', () => {
  it('contains every claim in order, even if it is read in several pages', async () => {
    const stock = 1_203;
    const event = await site.createEvent({ stock, name: 'Many' });
    for (let from = 0; from < stock; from += 100) {
      const users = Array.from({ length: Math.min(100, stock - from) }, (_, i) => `crowd-${from + i}`);
      await Promise.all(users.map((user) => claim(event.id, user)));
    }
    await waitFor(async () => (await stored(event.id)).length === stock, { what: 'all claims in MySQL' });
    await using kim = await openConsole(site, `#/events/${event.id}/claims?tab=export`);
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-form=export-claims] select').selectOption('json');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-form=export-claims] [type=submit]').click(),
    ]);
    expect(file.suggestedFilename()).toBe(`${event.id}-claims.json`);
    const rows = JSON.parse(readFileSync(await file.path(), 'utf8')) as {
      serial: number;
      user_id: string;
      code: string;
    }[];
    expect(rows.map(({ serial, user_id, code }) => ({ serial, userId: user_id, code }))).toEqual(
      (await stored(event.id)).map(({ serial, userId, code }) => ({ serial, userId, code })),
    );
    await page.locator('.announced', { hasText: /1203|1,203/ }).waitFor();
  });

  it('downloads nothing if the server fails between two pages', async () => {
    const event = await site.createEvent({ stock: 5 });
    await claim(event.id, 'user-1');
    await using kim = await openConsole(site, `#/events/${event.id}/claims?tab=export`);
    const { page } = kim;
    await signIn(page, 'viewer');
    let downloads = 0;
    page.on('download', () => (downloads += 1));
    const claimedAt = new Date().toISOString();
    const full = Array.from({ length: 1_000 }, (_, at) => ({
      ...{ eventId: event.id, round: 1, serial: at + 1, userId: `user-${at + 1}`, code: 'C' },
      ...{ claimedAt, persistedAt: claimedAt },
    }));
    let pages = 0;
    await page.route('**/trpc/admin.claim.export*', (route) => {
      pages += 1;
      return pages === 1
        ? route.fulfill({ json: { result: { data: { round: 1, claims: full } } } })
        : route.fulfill({
            status: 503,
            json: { error: { message: 'Away.', code: -32603, data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503 } } },
          });
    });
    await page.locator('[data-form=export-claims] [type=submit]').click();
    await expect.poll(() => page.locator('[data-form=export-claims] [role=alert]').textContent()).toMatch(/Away/);
    expect([pages, downloads]).toEqual([2, 0]);
  });
});

describe('the console on a phone', () => {
  it.each([
    [390, 844],
    [320, 640],
  ])('of %s x %s does not scroll horizontally and has no problem that axe finds', async (width, height) => {
    const event = await site.createEvent({
      stock: 5,
      name: 'A sale with quite a long name, as marketing people like to have them, 2026',
    });
    await claim(event.id, 'user-with-a-rather-long-name@example.com');
    await using kim = await openConsole(site, '', { viewport: { width, height } });
    const { page } = kim;
    await signIn(page, 'admin', 'boss');
    const views = {
      ...{ list: '#/', create: '#/create', audit: '#/audit', exports: '#/exports' },
      ...{ event: `#/events/${event.id}`, edit: `#/events/${event.id}/edit` },
      ...{ reconcile: `#/events/${event.id}/reconcile`, claims: `#/events/${event.id}/claims` },
    };
    for (const [name, hash] of Object.entries(views)) {
      await go(page, hash);
      await page.locator('main h1').waitFor();
      await expect.poll(() => page.locator('[data-loading]').count()).toBe(0);
      if (name === 'reconcile') {
        await page.locator('[data-do=compare]').click();
        await page.locator('[data-verdict]').waitFor();
      }
      if (name === 'audit') await page.locator('[data-entry]').first().waitFor();
      if (name === 'event') await page.locator('.checks li').first().waitFor({ state: 'attached' });
      if (width === 390) await inspect(page, `console-phone-${name}`);
      const wider = await page.evaluate<string[]>(`document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.outerHTML.slice(0, 120))`);
      expect([name, wider]).toEqual([name, []]);
    }
    await go(page, `#/events/${event.id}`);
    await page.locator('[data-do=reset]').click();
    await inspect(page, `console-phone-reset-${width}`, { switches: false });
    const dialog = 'document.querySelector("[role=dialog]")';
    expect(await page.evaluate<boolean>(`${dialog}.scrollWidth <= ${dialog}.clientWidth`)).toBe(true);
  });
});
