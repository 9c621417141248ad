import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { createManyEvents } from '../../scripts/gallery/console/many-events.ts';
import { openSite, type Site } from './site.ts';

/** Claims, people and the audit trail in a console with 66 events. */
let site: Site;
let eventId: string;
const people = 120;
beforeAll(async () => {
  site = await openSite();
  await createManyEvents({ client: (token) => site.api.client(token), tokenOf });
  ({ id: eventId } = await site.createEvent({ name: 'Summer sale', stock: 500, timeZone: 'Asia/Seoul' }));
  for (let user = 1; user <= people; user += 1) await claim(eventId, `user-${user}`);
  await waitFor(async () => (await stored(eventId)) === people, { what: 'the claims in MySQL' });
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const claim = (id: string, user: string) => site.api.client(tokenOf(user)).claim.submit.mutate({ eventId: id });
const stored = (id: string) => site.direct.db.claim.count({ where: { eventId: id } });
const wide = { viewport: { width: 1_280, height: 900 } };

describe('an event’s claims', () => {
  it('are listed page by page under the event’s name, and can be filtered by user, serial and time', async () => {
    await using kim = await openConsole(site, `#/events/${eventId}/claims`, wide);
    const { page } = kim;
    await signIn(page, 'operator');
    const count = () => page.locator('.claims tbody time').count();
    await expect.poll(count).toBe(50);
    expect(await page.locator('h1').textContent()).toBe('Claims: Summer sale');
    expect(await page.title()).toContain('Summer sale');
    await page.locator('[data-do=more]').click();
    await expect.poll(count).toBe(100);
    await page.locator('[data-do=more]').click();
    await expect.poll(count).toBe(people);
    expect(await page.locator('[data-do=more]').count()).toBe(0);

    const form = page.locator('[data-form=claims-filter]');
    await form.locator('[name=user]').fill('user-37');
    await form.locator('[type=submit]').click();
    await expect.poll(count).toBe(1);
    expect(page.url()).toContain('user=user-37');
    await page.reload();
    await expect.poll(count).toBe(1);
    await form.locator('[name=user]').fill('');
    await form.locator('[name=serial]').fill('12');
    await form.locator('[type=submit]').click();
    await expect.poll(() => page.locator('.claims tbody').textContent()).toContain('user-');
    expect(await count()).toBe(1);
    const { claimedAt } = await site.direct.db.claim.findFirstOrThrow({ where: { eventId, serial: 100 } });
    const from = claimedAt.toISOString();
    const after = await site.direct.db.claim.count({ where: { eventId, claimedAt: { gte: claimedAt } } });
    await go(page, `#/events/${eventId}/claims?from=${encodeURIComponent(from)}&order=desc`);
    await expect.poll(count).toBe(after);
    expect(await page.locator('.claims tbody tr').first().textContent()).toContain(String(people));
    await go(page, `#/events/${eventId}/claims?user=nobody`);
    await page.locator('text=No claim matches.').waitFor();
    await go(page, `#/events/${eventId}/claims?kind=set_aside`);
    await page.locator('text=No claim matches.').waitFor();
    await go(page, `#/events/${eventId}/claims`);
    await inspect(page, 'console-claims-table');
  });

  it('can be filtered for those that wait for MySQL', async () => {
    const { id } = await site.createEvent({ name: 'Ahead of MySQL', stock: 5 });
    await using kim = await openConsole(site, `#/events/${id}/claims?kind=accepted`, wide);
    const { page } = kim;
    await site.direct.db.$transaction(
      async (tx) => {
        // No claim can be stored while the round's row is locked.
        await tx.$queryRaw`SELECT 1 FROM rounds WHERE event_id = ${id} FOR UPDATE`;
        await claim(id, 'early');
        await signIn(page, 'operator');
        await page.locator('.claims [data-state=accepted]').waitFor();
        expect(await page.locator('.claims tbody').textContent()).toContain('early');
      },
      { timeout: 60_000 },
    );
    await waitFor(async () => (await stored(id)) === 1, { what: 'the claim in MySQL' });
    await page.reload();
    await page.locator('text=No claim matches.').waitFor();
  });

  it('show a viewer masked codes, and the audit trail records every page that the viewer reads', async () => {
    await using kim = await openConsole(site, `#/events/${eventId}/claims`, wide);
    const { page } = kim;
    await signIn(page, 'viewer', 'vera');
    await page.locator('[data-codes=masked]').waitFor();
    const codes = page.locator('.claims tbody code');
    await expect.poll(() => codes.count()).toBe(50);
    expect((await codes.allTextContents()).every((code) => /^\w{4}-\*{4}-\*{4}-\*{4}$/.test(code))).toBe(true);
    const { entries } = await site.api.client().admin.audit.list.query({ eventId, actor: 'vera', limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(['claim.browse']);
  });
});

describe('one person', () => {
  it.each([
    [
      'en-GB',
      /^user-37 claimed the 37th coupon of Summer sale on .* at \d\d:\d\d:\d\d\.\d{3}, stored [\d.]+ s later\.$/,
    ],
    [
      'ko-KR',
      /^user-37 님이 Summer sale 이벤트의 37번째 쿠폰을 .*\d\d:\d\d:\d\d\.\d{3}에 받았고, [\d.]+초 뒤 저장되었습니다\.$/,
    ],
  ])('has a history in whole sentences (%s)', async (locale, says) => {
    await using kim = await openConsole(site, `#/events/${eventId}/claims?user=user-37`, { ...wide, locale });
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('.claims tbody a', { hasText: 'user-37' }).click();
    const got = page.locator(`[data-got="${eventId}"] p`).first();
    await got.waitFor();
    expect(await got.textContent()).toMatch(says);
    await page.locator('[data-form=person] [name=user]').fill('nobody');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('[data-person=nobody] [role=status]').textContent()).toContain('nobody');
    await go(page, `#/events/${eventId}/claims?tab=one`);
    await page.locator('[data-form=look-up] [name=value]').fill('user-37');
    await page.locator('[data-form=look-up] [type=submit]').click();
    expect(await page.locator('[data-claim=persisted] p').first().textContent()).toMatch(says);
    await page.locator('[data-form=look-up] [name=value]').fill('nobody');
    await page.locator('[data-form=look-up] [type=submit]').click();
    await page.locator('[data-claim=none]').waitFor();
    expect(await page.locator('[data-claim=none]').textContent()).not.toMatch(/`|redis|mysql/i);
    await go(page, '#/people?user=user-37');
    await got.waitFor();
    await inspect(page, `console-person-${locale.slice(0, 2)}`);
  });
});

describe('the audit trail', () => {
  it('says who changed what on which event, with old and new values, and keeps its filters in the address', async () => {
    const admin = site.api.client(tokenOf('boss', 'admin')).admin.event;
    const { id } = await site.createEvent({ name: 'Watched', stock: 10, opensInMs: 3_600_000 });
    await admin.update.mutate({ eventId: id, stock: 25, name: 'Watched sale', reason: 'more of them' });
    await admin.pause.mutate({ eventId: id });
    await using kim = await openConsole(site, `#/audit?eventId=${id}`, wide);
    const { page } = kim;
    await signIn(page, 'viewer');
    const entries = page.locator('[data-entry]');
    await expect.poll(() => entries.count()).toBe(3);
    expect(await page.locator('h1').textContent()).toBe('Audit trail: Watched sale');
    const update = (await page.locator('[data-entry="event.update"]').textContent()) ?? '';
    for (const part of [
      'boss',
      'Changed an event',
      'Watched sale',
      'more of them',
      'Stock',
      '10 → 25',
      'Watched → Watched sale',
    ]) {
      expect(update).toContain(part);
    }
    expect(update).not.toMatch(/[{}"]/);
    await inspect(page, 'console-audit-readable');
    await page.locator('[data-form=audit-filter] [name=actor]').fill('boss');
    await page.keyboard.press('Enter');
    await expect.poll(() => entries.count()).toBe(2);
    expect(page.url()).toContain('actor=boss');
    await page.getByRole('combobox', { name: 'Action' }).click();
    await page.getByRole('option', { name: 'Paused an event' }).click();
    await expect.poll(() => entries.count()).toBe(1);
    await page.reload();
    await expect.poll(() => entries.count()).toBe(1);
    expect(await page.locator('[data-entry="event.pause"]').count()).toBe(1);
    await go(page, `#/audit?eventId=${id}&until=2001-01-01`);
    await page.locator('main [role=status]', { hasText: 'No entries' }).waitFor();
    const today = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    await go(page, `#/audit?eventId=${id}&since=${today}`);
    await expect.poll(() => entries.count()).toBe(3);
  });

  it('has a Korean name for every action and field in its entries', async () => {
    await using kim = await openConsole(site, '#/audit', { ...wide, locale: 'ko-KR' });
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-entry]').first().waitFor();
    await page.locator('[data-do=more]').click();
    await expect.poll(() => page.locator('[data-entry]').count()).toBeGreaterThan(60);
    const actions = await page.locator('[data-entry] b').allTextContents();
    expect(actions.filter((text) => /^[a-z]+\.[a-z-]+$/.test(text))).toEqual([]);
    const labels = new Set(await page.locator('.audit-field').allTextContents());
    expect([...labels].filter((label) => !/[가-힣]/.test(label))).toEqual([]);
  });
});
